//! PostgreSQL that answers, but not as it should: with a warning, or not at all.

use crate::place::Place;
use crate::records::Home;
use crate::sound::sound;
use control::store::{Database, Store, StoreError};
use domain::Version;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Warns while a transaction commits, as a cancelled wait for a synchronous standby does.
const WARN: &str = "create function warn() returns trigger language plpgsql as \
    $$ begin raise warning 'canceling wait for synchronous replication'; return null; end $$; \
    create constraint trigger warn after insert on changes deferrable initially deferred \
    for each row execute function warn()";

#[tokio::test]
async fn a_postgres_commit_with_a_warning_is_never_called_a_success() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open().await;
    let home = Home::made(&store).await;
    place.execute(WARN).await;

    let answer = home.create(&store, &home.key()).await;

    assert!(matches!(answer, Err(StoreError::OutcomeUnknown)), "{answer:?}");
    place.execute("drop trigger warn on changes").await;
    home.create(&store, &home.key()).await.unwrap();
    assert_eq!(sound(&place, &store).await, Version(4), "and the writer goes on");
}

#[tokio::test]
async fn a_postgres_server_that_hangs_is_given_up_and_the_next_change_finds_another() {
    let Some(place) = Place::postgres().await else { return };
    let Database::Postgres(url) = place.database() else { panic!("not PostgreSQL") };
    let server = PgConnectOptions::from_str(url).unwrap();
    let (flow, wire) = forwarder(server.get_host().to_owned(), server.get_port()).await;
    let through = server.host("127.0.0.1").port(wire).to_url_lossy().to_string();
    let store = Store::open(&Database::Postgres(through), "history").await.unwrap();
    let home = Home::made(&store).await;

    flow.send_replace(false);
    let answer = home.create(&store, &home.key()).await;
    flow.send_replace(true);

    assert!(matches!(answer, Err(StoreError::Unavailable | StoreError::OutcomeUnknown)), "{answer:?}");
    home.create(&store, &home.key()).await.unwrap();
    assert_eq!(sound(&place, &store).await, Version(3));
}

/// Passes connections on to the server. Those that are open when the flow stops stay open and silent for ever.
async fn forwarder(host: String, port: u16) -> (watch::Sender<bool>, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (flow, flows) = watch::channel(true);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (host, mut flows) = (host.clone(), flows.clone());
            tokio::spawn(async move {
                let mut server = TcpStream::connect((host, port)).await.unwrap();
                let stopped = async { flows.wait_for(|flows| !flows).await.is_ok() };
                let stopped = tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => false,
                    stopped = stopped => stopped,
                };
                if stopped {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    (flow, address.port())
}
