//! Uploads: by content, not by name.

use api::demo::life::document;
use domain::client_file::DOCUMENT_BYTES_MAX;
use tests::World;

/// A PNG of one pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T',
    0x78, 0xda, 0x63, 0xfc, 0xff, 0x9f, 0xa1, 0x1e, 0, 0x07, 0x82, 0x02, 0x7f, 0x3d, 0xc8, 0x48,
    0xef, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_what_their_bytes_say() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let path = owner.path("/documents");
    let upload = |file: Vec<u8>| {
        let (client, path) = (owner.client.clone(), path.clone());
        async move { client.upload(&path, &[("kind", "bank_details")], &file).await.unwrap() }
    };

    let png = upload(PNG.to_vec()).await;
    assert_eq!(png.text("/media_type"), "image/png", "called document.pdf: {}", png.json());
    let encrypted = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer << /Encrypt 1 0 R >>".to_vec();
    assert_eq!(upload(encrypted).await.code(), "document_encrypted");
    assert_eq!(upload(b"%PDF-1.7 cut".to_vec()).await.code(), "document_unreadable");
    assert_eq!(upload(b"MZ\x90 a program".to_vec()).await.code(), "unknown_document_type");
    assert_eq!(upload(vec![]).await.text("/errors/0/code"), "file_missing");
    let large = upload(sized(11 * 1024 * 1024)).await;
    assert_eq!((large.status.as_u16(), large.code().as_str()), (413, "too_large"));
    let over = upload(sized(DOCUMENT_BYTES_MAX as usize + 1)).await;
    assert_eq!((over.status.as_u16(), over.code().as_str()), (409, "document_too_large"));

    let sent = upload(document().unwrap()).await;
    let content = format!("{path}/{}/content", sent.text("/id"));
    let back = owner.client.get(&content).await.unwrap();
    assert_eq!(back.body, document().unwrap());
    assert_eq!(back.headers["content-type"], "application/pdf");
    assert!(back.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(world.client.get(&content).await.unwrap().status, 401);

    let mut on_disk: Vec<Vec<u8>> = files(&world.directory.path().join("documents"));
    on_disk.retain(|file| !file.starts_with(b"{\"vault\""));
    assert_eq!(on_disk.len(), 2, "what was refused is not kept");
    assert!(on_disk.iter().all(|bytes| !bytes.starts_with(b"%PDF") && !bytes.starts_with(PNG)));
}

fn files(directory: &std::path::Path) -> Vec<Vec<u8>> {
    std::fs::read_dir(directory)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![std::fs::read(path).unwrap()] }
        })
        .collect()
}

/// A PDF of exactly so many bytes.
fn sized(bytes: usize) -> Vec<u8> {
    let mut document = document().unwrap();
    document.resize(bytes, b'\n');
    document
}

/// A photograph from a phone has more than the two megabytes that the framework would take.
#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_are_ten_megabytes() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    for size in [3 * 1024 * 1024, DOCUMENT_BYTES_MAX as usize] {
        let (file, path) = (sized(size), owner.path("/documents"));
        let sent = owner.client.upload(&path, &[("kind", "bank_details")], &file).await.unwrap();
        assert_eq!(sent.status, 201, "{size} {}", sent.json());
        let content = format!("{path}/{}/content", sent.text("/id"));
        assert!(owner.client.get(&content).await.unwrap().body == file);
    }
}
