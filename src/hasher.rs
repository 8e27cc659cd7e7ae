//! Password hashing on threads of its own (contract 17): as many as cores, each with one block of memory that it uses
//! again and again, behind a bounded number of seats. Everything else stays quick meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::{Code, Error, Result};
use crate::secret::{Secret, constant_time_equal};

/// OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
pub const PASSES: u32 = 2;

/// Requests that may wait for each thread; about a second of work.
const SEATS_PER_THREAD: usize = 64;

/// Time without work after which a thread gives its memory back.
const IDLE: Duration = Duration::from_secs(10);

/// Handle on the hashing threads, which end when the last clone is dropped.
#[derive(Clone)]
pub struct Hasher {
    queue: Sender<Job>,
    seats: Arc<Semaphore>,
}

struct Job {
    password: Secret,
    task: Task,
}

enum Task {
    Hash(oneshot::Sender<Result<Secret>>),
    Check(Option<Secret>, oneshot::Sender<Result<Check>>),
}

/// How a password compares with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether it is the right one.
    pub is_right: bool,
    /// Whether the stored hash has other parameters than new ones get.
    pub is_outdated: bool,
}

impl Hasher {
    /// Starts the threads with the parameters that new hashes get: memory in KiB and passes.
    pub fn start(memory_kib: u32, passes: u32) -> Result<Self> {
        let params = Params::new(memory_kib, passes, 1, Some(Params::DEFAULT_OUTPUT_LEN)).map_err(Error::internal)?;
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let (queue, jobs) = crossbeam_channel::unbounded::<Job>();
        for index in 0..threads {
            let jobs = jobs.clone();
            let mut worker = Worker::new(params.clone())?;
            thread::Builder::new()
                .name(format!("hasher-{index}"))
                .spawn(move || {
                    while catch_unwind(AssertUnwindSafe(|| worker.work(&jobs))).is_err() {
                        tracing::error!("a hashing thread broke down and starts again");
                    }
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { queue, seats: Arc::new(Semaphore::new(threads * SEATS_PER_THREAD)) })
    }

    /// A place at the threads, for one request after the other; 503 when all are taken. It is taken before an attempt is
    /// counted, so that an overload is nobody's failed attempt.
    pub fn seat(&self) -> Result<Seat> {
        match Arc::clone(&self.seats).try_acquire_owned() {
            Ok(permit) => Ok(Seat { queue: self.queue.clone(), _permit: permit }),
            Err(_) => Err(Error::new(Code::Overloaded).retry_after(Duration::from_secs(2))),
        }
    }

    /// Hashes that wait for a thread.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }
}

/// A place at the hashing threads.
pub struct Seat {
    queue: Sender<Job>,
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    /// Hashes a password with a fresh salt; the result is a PHC string.
    pub async fn hash(&self, password: &Secret) -> Result<Secret> {
        let (reply, answer) = oneshot::channel();
        self.submit(password, Task::Hash(reply))?;
        answer.await.map_err(|_| Error::internal("a hashing thread broke down"))?
    }

    /// Compares a password with a stored hash. Without one it takes as long and is not right.
    pub async fn check(&self, password: &Secret, stored: Option<&Secret>) -> Result<Check> {
        let (reply, answer) = oneshot::channel();
        self.submit(password, Task::Check(stored.cloned(), reply))?;
        answer.await.map_err(|_| Error::internal("a hashing thread broke down"))?
    }

    fn submit(&self, password: &Secret, task: Task) -> Result<()> {
        let job = Job { password: password.clone(), task };
        self.queue.send(job).map_err(|_| Error::internal("the hashing threads ended"))
    }
}

struct Worker {
    params: Params,
    memory: Vec<Block>,
    rng: StdRng,
    /// What a password is compared with where there is nothing to compare with: no password's hash.
    decoy: Secret,
}

impl Worker {
    fn new(params: Params) -> Result<Self> {
        let mut rng = crate::entropy::generator().map_err(Error::internal)?;
        let (mut salt, mut output) = ([0; 16], [0; Params::DEFAULT_OUTPUT_LEN]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut output);
        let decoy = phc(&params, &salt, &output)?;
        Ok(Self { params, memory: Vec::new(), rng, decoy })
    }

    /// Works until every handle is gone. After a while without work the memory goes back to the system.
    fn work(&mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(IDLE) {
                Ok(job) => self.run(job),
                Err(RecvTimeoutError::Timeout) => self.memory = Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn run(&mut self, job: Job) {
        // Whoever asked may have gone; then there is nobody to answer, and no need to work.
        match job.task {
            Task::Hash(reply) if !reply.is_closed() => {
                let _ = reply.send(self.hash(&job.password));
            }
            Task::Check(stored, reply) if !reply.is_closed() => {
                let _ = reply.send(self.check(&job.password, stored.as_ref()));
            }
            _ => {}
        }
    }

    fn hash(&mut self, password: &Secret) -> Result<Secret> {
        let mut salt = [0; 16];
        self.rng.fill_bytes(&mut salt);
        let params = self.params.clone();
        let output = self.derive(password, &params, &salt, Params::DEFAULT_OUTPUT_LEN)?;
        phc(&params, &salt, &output)
    }

    fn check(&mut self, password: &Secret, stored: Option<&Secret>) -> Result<Check> {
        let text = stored.unwrap_or(&self.decoy).clone();
        let phc = PasswordHash::new(text.expose()).map_err(Error::internal)?;
        let params = Params::try_from(&phc).map_err(Error::internal)?;
        let (Some(salt), Some(hash)) = (&phc.salt, &phc.hash) else {
            return Err(Error::internal("a stored password hash has no salt or no hash"));
        };
        let output = self.derive(password, &params, salt, hash.len())?;
        let is_current = (params.m_cost(), params.t_cost(), params.p_cost())
            == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        Ok(Check {
            is_right: constant_time_equal(&output, hash.as_bytes()) && stored.is_some(),
            is_outdated: !is_current,
        })
    }

    fn derive(&mut self, password: &Secret, params: &Params, salt: &[u8], length: usize) -> Result<Vec<u8>> {
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        let mut output = vec![0; length];
        let params =
            Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(length)).map_err(Error::internal)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut output, &mut self.memory[..blocks])
            .map_err(Error::internal)?;
        Ok(output)
    }
}

/// The form in which a hash is stored.
fn phc(params: &Params, salt: &[u8], output: &[u8]) -> Result<Secret> {
    let phc = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(Error::internal)?,
        salt: Some(Salt::new(salt).map_err(Error::internal)?),
        hash: Some(Output::new(output).map_err(Error::internal)?),
    };
    Ok(Secret::new(phc.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_password_and_its_parameters() {
        let params = |memory| Params::new(memory, 1, 1, Some(32)).unwrap();
        let (mut old, mut new) = (Worker::new(params(64)).unwrap(), Worker::new(params(128)).unwrap());
        let password = Secret::new("correct horse");
        let hash = old.hash(&password).unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let check = |worker: &mut Worker, text: &str| worker.check(&Secret::new(text), Some(&hash)).unwrap();
        assert_eq!(check(&mut old, "correct horse"), Check { is_right: true, is_outdated: false });
        assert_eq!(check(&mut new, "correct horse"), Check { is_right: true, is_outdated: true });
        assert!(!check(&mut new, "wrong horse").is_right);
        assert!(!new.check(&Secret::new("a password nobody has"), None).unwrap().is_right);
    }
}
