//! Staff accounts from outside.

use serde_json::json;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_what_it_may_and_nothing_else() {
    let world = World::start().await;
    let app = &world.server.app;
    let staff = &world.staff;
    let engineer = staff.engineer.client(app).await.unwrap();
    let auditor = staff.auditor.client(app).await.unwrap();
    let support = staff.support.client(app).await.unwrap();
    assert_eq!(engineer.get("/console/v1/merchants").await.unwrap().status, 403);
    assert_eq!(engineer.get("/console/v1/read-models").await.unwrap().status, 200);
    assert_eq!(auditor.get("/console/v1/audit-trail").await.unwrap().status, 200);
    assert_eq!(support.get("/console/v1/audit-trail").await.unwrap().status, 403);
    let body = json!({"email": "x@example.com", "first_name": "X", "last_name": "Y",
                      "language": "fr", "roles": ["officer"]});
    let refused = support.post("/console/v1/staff", body).await.unwrap();
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "administrator_only"));
    let rebuilt = engineer.post("/console/v1/read-models/rebuild", json!({})).await.unwrap();
    assert_eq!(rebuilt.json()["has_drifted"], json!(false), "{}", rebuilt.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_roles_end_the_sessions_and_an_invitation_works_once() {
    let world = World::start().await;
    let app = &world.server.app;
    let administrator = world.staff.administrator.client(app).await.unwrap();
    let officer = world.staff.officer.client(app).await.unwrap();
    let id = officer.get("/console/v1/me").await.unwrap().text("/id");
    let path = format!("/console/v1/staff/{id}/roles");
    let changed = administrator.put(&path, json!({"roles": ["auditor"]})).await.unwrap();
    assert_eq!(changed.json()["roles"], json!(["auditor"]));
    assert_eq!(officer.get("/console/v1/me").await.unwrap().status, 401);
    let link = world.server.invitation.clone().unwrap();
    let token = api::demo::mailbox::token_in(&link).unwrap();
    let body = json!({"token": token});
    let again = world.client.post("/console/v1/invitations/open", body).await.unwrap();
    assert_eq!((again.status.as_u16(), again.code().as_str()), (410, "link_used"));
}
