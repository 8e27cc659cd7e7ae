//! A tenant's folder below the root that the operator allowed.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::failure::Failure;
use crate::id::TenantId;

/// `<root>/<tenant id>/`. Nothing of its path comes from the tenant, and no part below the root is a symbolic link.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, for its owner only, if there is none.
    pub(super) fn open(root: &Path, tenant_id: &TenantId) -> Result<Self, Failure> {
        let folder = Self(root.join(tenant_id.as_ref()));
        folder.check("")?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder.0);
        made.map_err(|error| Failure::folder(&error))?;
        folder.check("")?;
        Ok(folder)
    }

    pub(super) fn store(&self) -> Result<Arc<dyn ObjectStore>, Failure> {
        let store = LocalFileSystem::new_with_prefix(&self.0).map_err(|error| Failure::of(&error))?;
        Ok(Arc::new(store.with_fsync(true)))
    }

    /// Fails if a part of the way to an object is a symbolic link: it would lead out of the folder.
    pub(super) fn check(&self, name: &str) -> Result<(), Failure> {
        let mut path = self.0.clone();
        for part in std::iter::once("").chain(name.split('/').filter(|part| !part.is_empty())) {
            if !part.is_empty() {
                path.push(part);
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_symlink() => return Err(Failure::symbolic_link()),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(Failure::folder(&error)),
            }
        }
        Ok(())
    }
}
