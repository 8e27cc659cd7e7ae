//! A folder that the operator allowed.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::json;

use super::{expect_outcome, permissive_server, probe, put, root};
use crate::harness::Setup;
use crate::organization::Organization;

/// Every file below a folder, whatever it is, but folders.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path().display().to_string()),
        }
    }
    found
}

#[tokio::test]
async fn each_tenant_has_a_folder_of_its_own_and_a_test_leaves_nothing_in_it() {
    let server = permissive_server().await;
    let mut ids = Vec::new();
    for slug in ["acme", "other"] {
        let organization = Organization::of(&server, &format!("owner@{slug}.com"), slug).await;
        expect_outcome(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"}), "ok").await;
        ids.push(organization.id);
    }
    let mut folders: Vec<String> =
        fs::read_dir(root(&server)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    ids.sort();
    assert_eq!(folders, ids);
    assert_eq!(files(&root(&server)), [""; 0]);
    for id in &ids {
        let folder = root(&server).join(id);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "for its owner only");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_symbolic_link_is_not_followed() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    put(&server, scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let (outside, folder) = (server.folder().join("outside"), root(&server).join(&organization.id));
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(root(&server)).unwrap();
    let targets = [outside.clone(), server.folder().join("nowhere"), server.folder().join("trueport.db"), "/".into()];
    for target in targets {
        symlink(&target, &folder).unwrap();
        let (reason, message) = probe(&server, scoped).await;
        assert_eq!(reason, "refused", "{}", target.display());
        assert!(message.contains("symbolic link") && !message.contains('/'), "{message}");
        fs::remove_file(&folder).unwrap();
    }
    assert_eq!(files(&outside), [""; 0]);
    assert!(!server.folder().join("nowhere").exists());
    assert_eq!(probe(&server, scoped).await.0, "ok");
    // The root itself is the operator's word: it may be a link.
    fs::rename(root(&server), server.folder().join("moved")).unwrap();
    symlink(server.folder().join("moved"), root(&server)).unwrap();
    assert_eq!(probe(&server, scoped).await.0, "ok");
    server.finish().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_told_without_its_path() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    put(&server, scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let folder = root(&server).join(&organization.id);
    let assert_told = async |what: &str| {
        let (reason, message) = probe(&server, scoped).await;
        assert_eq!(reason, "folder", "{what}");
        assert!(message.contains("folder") && !message.contains(['/', '(']), "{what}: {message}");
    };
    fs::remove_dir(root(&server)).unwrap();
    assert_told("there is no root, perhaps since its disk is not mounted").await;
    assert!(!root(&server).exists());
    fs::write(root(&server), "a file in place of the root").unwrap();
    assert_told("the root is a file").await;
    fs::remove_file(root(&server)).unwrap();
    symlink(server.folder().join("not-mounted"), root(&server)).unwrap();
    assert_told("the root leads nowhere").await;
    fs::remove_file(root(&server)).unwrap();
    // Nobody makes files there, root neither.
    symlink("/proc", root(&server)).unwrap();
    assert_told("the root takes no folders").await;
    fs::remove_file(root(&server)).unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::remove_dir(&folder).unwrap();
    fs::write(&folder, "a file in place of the tenant's folder").unwrap();
    assert_told("the tenant's folder is a file").await;
    fs::remove_file(&folder).unwrap();
    assert_eq!(probe(&server, scoped).await.0, "ok");
    // Of another user, without a right for ours; root may do it all the same.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        assert_told("the tenant's folder cannot be written to").await;
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    server.finish().await;
}

#[tokio::test]
async fn a_folder_that_is_no_longer_allowed_is_not_used() {
    let mut server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    expect_outcome(&server, scoped, &json!({"provider": "LOCAL"}), "ok").await;
    server.setup = Setup { private_targets: true, ..Setup::default() };
    server.restart().await;
    assert_eq!(probe(&server, scoped).await.0, "refused");
    server.finish().await;
}
