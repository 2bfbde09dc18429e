//! What the outside tests share: starting a server, being a merchant, being an officer.
