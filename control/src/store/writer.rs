//! The one writer of this process: operations that wait share a transaction, so durable writes grow with
//! load instead of queueing behind each other's commits.

use super::StoreError;
use super::reserve::Reserve;
use super::tx::{Conn, Tx};
use super::witness::Witness;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Operations that may wait in each lane; more are refused at once.
const ORDINARY_WAITING: usize = 1024;
const URGENT_WAITING: usize = 256;
/// Operations that share one transaction.
const SHARED: usize = 128;
/// An operation that waited longer is not begun any more: its caller has given up.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// A server that answers no step of a transaction for so long is given up. Longer than the server itself waits
/// for a lock (`open.rs`), so that it can say so.
const STEP_MAX: Duration = Duration::from_secs(8);

/// Which queue an operation waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Creates and edits.
    Ordinary,
    /// Revoke and disable: never behind anything else.
    Urgent,
}

/// How the writer gets its connection, at start and after it lost it.
#[derive(Debug)]
pub(super) enum Connect {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Work = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Pin<Box<dyn Future<Output = Worked> + 't>> + Send>;

/// An operation that ran; it answers when the fate of the transaction is known.
struct Worked {
    kept: bool,
    answer: Answer,
}

struct Job {
    work: Work,
    refuse: Box<dyn FnOnce(StoreError) + Send>,
    queued: Instant,
}

/// The way in.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    ordinary: mpsc::Sender<Job>,
    urgent: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the writer on a thread of its own, which ends when the store is dropped.
    pub(super) fn start(connect: Connect, reserve: Option<Reserve>) -> Writer {
        let (ordinary, ordinary_jobs) = mpsc::channel(ORDINARY_WAITING);
        let (urgent, urgent_jobs) = mpsc::channel(URGENT_WAITING);
        let (conn, witness) = (None, Witness::new());
        let mut desk = Desk { connect, conn, witness, reserve, ordinary: ordinary_jobs, urgent: urgent_jobs };
        let run = move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            // A bug that panics in one operation must not end all writing: its transaction is dropped with
            // its connection, and the next operation gets a new one.
            Ok(runtime) => while catch_unwind(AssertUnwindSafe(|| runtime.block_on(desk.run()))).is_err() {},
            Err(error) => tracing::error!(%error, "the writer could not start"),
        };
        if let Err(error) = std::thread::Builder::new().name("writer".into()).spawn(run) {
            tracing::error!(%error, "the writer could not start");
        }
        Writer { ordinary, urgent }
    }

    pub(super) async fn run<T, E, W>(&self, lane: Lane, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (send, receive) = oneshot::channel();
        let queue = match lane {
            Lane::Ordinary => &self.ordinary,
            Lane::Urgent => &self.urgent,
        };
        queue.try_send(job(work, send)).map_err(|_| E::from(StoreError::Overloaded))?;
        // The writer answers every job; it is gone only when an operation panicked inside it.
        receive.await.unwrap_or_else(|_| Err(E::from(StoreError::OutcomeUnknown)))
    }
}

fn job<T, E, W>(work: W, send: oneshot::Sender<Result<T, E>>) -> Job
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    W: AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
{
    // Shared between the two ways a job can end; exactly one of them takes it.
    let send = std::sync::Arc::new(std::sync::Mutex::new(Some(send)));
    let refuse_send = std::sync::Arc::clone(&send);
    let reply = |slot: &std::sync::Mutex<Option<oneshot::Sender<Result<T, E>>>>, result| {
        if let Some(send) = slot.lock().ok().and_then(|mut slot| slot.take()) {
            // A caller that went away needs no answer.
            let _ = send.send(result);
        }
    };
    let work: Work = Box::new(move |tx| {
        Box::pin(async move {
            let result = work(tx).await;
            let kept = result.is_ok();
            let answer = move |fate: Result<(), StoreError>| {
                let result = match (result, fate) {
                    (Ok(_), Err(error)) => Err(E::from(error)),
                    (result, _) => result,
                };
                reply(&send, result);
            };
            Worked { kept, answer: Box::new(answer) }
        })
    });
    let refuse = Box::new(move |error| reply(&refuse_send, Err(E::from(error))));
    Job { work, refuse, queued: Instant::now() }
}

/// The writer's own side.
struct Desk {
    connect: Connect,
    conn: Option<Conn>,
    witness: Witness,
    reserve: Option<Reserve>,
    ordinary: mpsc::Receiver<Job>,
    urgent: mpsc::Receiver<Job>,
}

impl Desk {
    async fn run(&mut self) {
        while let Some((lane, first)) = self.wait().await {
            match lane {
                Lane::Ordinary if !self.has_reserve() => self.refuse_ordinary(first),
                Lane::Ordinary | Lane::Urgent => self.transaction(lane, first).await,
            }
        }
    }

    async fn wait(&mut self) -> Option<(Lane, Job)> {
        tokio::select! {
            biased;
            Some(job) = self.urgent.recv() => Some((Lane::Urgent, job)),
            job = self.ordinary.recv() => job.map(|job| (Lane::Ordinary, job)),
        }
    }

    /// What may share a transaction that began with this lane. An urgent one takes only its like, because it
    /// may have to fit into the reserve; an ordinary one takes both.
    fn waiting(&mut self, lane: Lane) -> Option<Job> {
        match (self.urgent.try_recv(), lane) {
            (Ok(job), Lane::Ordinary | Lane::Urgent) => Some(job),
            (Err(_), Lane::Ordinary) => self.ordinary.try_recv().ok(),
            (Err(_), Lane::Urgent) => None,
        }
    }

    fn has_reserve(&self) -> bool {
        self.reserve.as_ref().is_none_or(Reserve::fill)
    }

    /// The room that a revocation was given must not go to creates. All that wait are refused together, so
    /// that a full disk is tried once and not once for each.
    fn refuse_ordinary(&mut self, first: Job) {
        // All are taken before the first is answered: what comes after an answer may find room again.
        let mut waiting = vec![first];
        waiting.extend(std::iter::from_fn(|| self.ordinary.try_recv().ok()));
        for job in waiting {
            (job.refuse)(StoreError::Full);
        }
    }

    async fn transaction(&mut self, lane: Lane, first: Job) {
        let conn = self.conn.take();
        let mut tx = match self.connect.in_time(self.connect.begin(conn)).await {
            Ok(Ok(tx)) => tx,
            Ok(Err(error)) => return (first.refuse)(error),
            Err(GaveUp) => return (first.refuse)(StoreError::Unavailable),
        };
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            if job.queued.elapsed() > WAIT_MAX {
                (job.refuse)(StoreError::Overloaded);
            } else if let Err(error) = self.step(&mut tx, job, &mut answers).await {
                // Not even the savepoint could be restored: everything in this transaction is void.
                self.conn = self.connect.in_time(tx.roll_back()).await.unwrap_or(None);
                return settle(answers, &Err(error));
            }
            next = if answers.len() < SHARED { self.waiting(lane) } else { None };
        }
        let (conn, fate) = match self.connect.in_time(tx.commit(&self.witness)).await {
            Ok(Ok(conn)) => (Some(conn), Ok(())),
            Ok(Err((conn, error))) => (conn, Err(error)),
            Err(GaveUp) => (None, Err(StoreError::OutcomeUnknown)),
        };
        self.conn = conn;
        settle(answers, &fate);
    }

    async fn step(&self, tx: &mut Tx, job: Job, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let Job { work, refuse, .. } = job;
        let error = match self.connect.in_time(run(tx, work, answers)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(GaveUp) => StoreError::Unavailable,
        };
        refuse(error.clone());
        Err(error)
    }
}

/// The server did not answer in time; the connection is in an unknown state.
struct GaveUp;

impl Connect {
    async fn open(&self) -> Result<Conn, StoreError> {
        match self {
            Connect::Sqlite(options) => Ok(Conn::Sqlite(options.connect().await?)),
            Connect::Postgres(options) => Ok(Conn::Postgres(options.connect().await?)),
        }
    }

    async fn begin(&self, conn: Option<Conn>) -> Result<Tx, StoreError> {
        let conn = match conn {
            Some(conn) => conn,
            None => self.open().await?,
        };
        match Tx::begin(conn).await {
            Ok(tx) => Ok(tx),
            // The connection may have died while it was idle; one new one is tried before anybody is refused.
            Err((_, StoreError::Unavailable)) => {
                Tx::begin(self.open().await?).await.map_err(|(_, error)| error)
            }
            Err((_, error)) => Err(error),
        }
    }

    /// A server that hangs without closing its socket must not hold every change there will ever be. A file
    /// is no server: what it does not answer, nobody else could.
    async fn in_time<T>(&self, step: impl Future<Output = T>) -> Result<T, GaveUp> {
        match self {
            Connect::Sqlite(_) => Ok(step.await),
            Connect::Postgres(_) => tokio::time::timeout(STEP_MAX, step).await.map_err(|_| {
                tracing::error!("the database did not answer in time; its connection is given up");
                GaveUp
            }),
        }
    }
}

async fn run(tx: &mut Tx, work: Work, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
    let mark = tx.mark(answers.is_empty()).await?;
    let worked = work(tx).await;
    answers.push(worked.answer);
    if worked.kept { Ok(()) } else { tx.undo(mark).await }
}

fn settle(answers: Vec<Answer>, fate: &Result<(), StoreError>) {
    for answer in answers {
        answer(fate.clone());
    }
}
