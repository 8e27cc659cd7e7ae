//! What the program prints of itself.

use clap::CommandFactory as _;

use super::{Cli, Outcome, output};

pub(super) fn openapi() -> Outcome {
    output::line(&format!("{:#}", crate::http::openapi::document()));
    Ok(())
}

pub(super) fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trueport", &mut script);
    output::raw(&script);
    Ok(())
}

pub(super) fn man() -> Outcome {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    output::raw(&page);
    Ok(())
}
