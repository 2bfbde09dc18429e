//! Operations: each of those that are documented answers, and asks who it is.

use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_the_documents_answers_and_asks_who_it_is() {
    let world = tests::World::start().await;
    // Open to visitors on purpose; everything else asks for a session.
    let open: BTreeSet<&str> = BTreeSet::from([
        "/portal/v1/registrations",
        "/portal/v1/activation-links",
        "/portal/v1/activations",
        "/portal/v1/password-resets",
        "/portal/v1/password-changes",
        "/portal/v1/sessions",
        "/console/v1/invitations/open",
        "/console/v1/invitations/accept",
        "/console/v1/sessions",
    ]);
    let mut operations = 0;
    for document in ["/portal/v1/openapi.json", "/console/v1/openapi.json"] {
        let document = world.client.get(document).await.unwrap().json();
        assert_eq!(document["openapi"], "3.1.0");
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                operations += 1;
                let method = method.to_uppercase().parse().unwrap();
                let target = path.replace(['{', '}'], "x");
                let kind = "application/json";
                let answer = world.client.raw(method, &target, kind, "{}").await.unwrap();
                let status = answer.status.as_u16();
                if open.contains(path.as_str()) && status != 401 {
                    assert_eq!(status, 422, "{path}");
                } else {
                    assert_eq!(status, 401, "{path} answers a visitor {status}");
                }
            }
        }
    }
    assert!(operations > 60, "{operations}");
}
