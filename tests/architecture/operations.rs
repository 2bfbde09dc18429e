//! Operations: each of those that are documented answers, and asks who it is.

use std::collections::BTreeSet;

/// A strict reader refuses a document with an answer of which nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn every_operation_and_every_answer_is_described() {
    let world = tests::World::start().await;
    for document in ["/portal/v1/openapi.json", "/console/v1/openapi.json"] {
        let document = world.client.get(document).await.unwrap().json();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let is_said =
                    |text: &serde_json::Value| text.as_str().is_some_and(|t| !t.is_empty());
                assert!(is_said(&operation["summary"]), "{method} {path} says nothing");
                assert!(is_said(&operation["operationId"]), "{method} {path} has no name");
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(is_said(&answer["description"]), "{method} {path}: {status}");
                    for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                        let is_file = content["schema"]["format"] == "binary";
                        assert_eq!(is_file, !kind.ends_with("json"), "{method} {path}: {kind}");
                    }
                }
            }
        }
    }
}

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
