//! Generates the server side of EventStoreDB's protocol, for the double, from the `.proto` files
//! that the `eventstore` crate carries. Nothing of them is copied into this repository.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

/// What the double answers. The rest of the protocol is not used.
const SERVICES: [&str; 3] = ["streams.proto", "gossip.proto", "serverfeatures.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    let protos = package("eventstore")?.join("protos");
    let descriptors = protox::compile(SERVICES, [protos])?;
    tonic_build::configure()
        .build_client(false)
        .bytes(["."])
        .compile_fds(descriptors)
        .map_err(Into::into)
}

/// The directory in which cargo keeps the source of a dependency.
fn package(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").ok_or("cargo runs build scripts")?;
    let host = std::env::var("HOST")?;
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &host])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists packages")?;
    packages
        .iter()
        .find(|package| package["name"] == name)
        .and_then(|package| package["manifest_path"].as_str())
        .and_then(|manifest| PathBuf::from(manifest).parent().map(PathBuf::from))
        .ok_or_else(|| format!("{name} is not among the dependencies").into())
}
