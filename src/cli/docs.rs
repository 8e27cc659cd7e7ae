//! What the program prints of itself.

use super::failure::Outcome;
use super::output;

pub(super) fn openapi() -> Outcome {
    output::line(&format!("{:#}", crate::http::routes::document()));
    Ok(())
}

pub(super) fn completions(mut command: clap::Command, shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "trueport", &mut script);
    output::raw(&script);
    Ok(())
}

pub(super) fn man(command: clap::Command) -> Outcome {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    output::raw(&page);
    Ok(())
}
