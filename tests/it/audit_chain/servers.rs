//! Servers that link the same events.

use super::{Beside, numbers, rename, sealed, server_with_events};
use crate::executable::together;
use crate::inspect::all_linked;
use crate::organization::Organization;

/// On SQLite there is one server; many writers at once all the same.
#[tokio::test]
async fn two_servers_do_not_fork_a_chain() {
    let (server, first) = server_with_events(5).await;
    let second = Organization::of(&server, "owner@other.com", "other").await;
    let mut others = Vec::new();
    for _ in 0..2 {
        others.extend(server.start_another().await);
    }
    for _ in 0..4 {
        together([&first, &second, &first, &second].map(|organization| rename(&server, organization, 25))).await;
    }
    all_linked(&server).await;
    let chains = numbers(&server).await;
    for (chain, mut numbers) in chains {
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "{chain}");
    }
    sealed(&server).await;
    Beside::of(&server).expect_whole(&[]).await;
    for other in others {
        other.finish().await;
    }
    server.finish().await;
}
