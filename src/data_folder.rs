//! What the data folder tells: how much room there is, and when it was last backed up.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use nix::sys::statvfs::statvfs;

use crate::clock::Time;

/// Bytes that may still be written below the folder; `None` where the file system does not tell.
pub fn free_bytes(data_dir: &Path) -> Option<u64> {
    let volume = statvfs(data_dir).ok()?;
    // The types differ from system to system.
    #[allow(clippy::useless_conversion)]
    u64::from(volume.blocks_available()).checked_mul(u64::from(volume.fragment_size()))
}

/// When the newest file in the folder's `backups` was written (contract 46); `None` if there is none.
pub fn last_backup_at(data_dir: &Path) -> Option<Time> {
    let written = fs::read_dir(data_dir.join("backups")).ok()?.filter_map(|entry| {
        let file = entry.ok()?.metadata().ok()?;
        file.is_file().then(|| file.modified().ok())?
    });
    let since_epoch = written.max()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Time::from_millis(i64::try_from(since_epoch.as_millis()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backup_counts_and_a_folder_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_backup_at(folder.path()), None);
        let backups = folder.path().join("backups");
        fs::create_dir_all(backups.join("folder")).unwrap();
        assert_eq!(last_backup_at(folder.path()), None);
        for (name, seconds) in [("a", 1_700_000_000), ("b", 1_800_000_000), ("c", 1_600_000_000)] {
            let file = fs::File::create(backups.join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
        }
        assert_eq!(last_backup_at(folder.path()), Some(Time::from_seconds(1_800_000_000)));
        assert!(free_bytes(folder.path()).is_some_and(|bytes| bytes > 0));
        assert_eq!(free_bytes(&folder.path().join("nowhere")), None);
    }
}
