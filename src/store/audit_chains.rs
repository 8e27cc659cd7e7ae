//! The ends of the chains of the audit, their checkpoints, and the seal over all of them.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};

/// The two ends of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Name of the chain.
    pub chain: String,
    /// Number of the last event, and its link.
    pub number: i64,
    /// The link of the last event.
    pub link: Vec<u8>,
    /// Number of the last event that was cut off; 0 where none was.
    pub cut_number: i64,
    /// The link of that one; where none was cut off, what the chain begins with.
    pub cut_link: Vec<u8>,
    /// Number of the last checkpoint; 0 where there is none.
    pub checkpoint_number: i64,
    /// When that was made, or when the chain began.
    pub checkpoint_at: Time,
    /// Authenticates all of it.
    pub mac: Vec<u8>,
    /// Number of the last event when all chains were sealed; 0 if the chain was not there.
    pub sealed_number: i64,
}

fn read_head(row: &Row<'_>) -> Result<Head> {
    Ok(Head {
        chain: row.get(0)?,
        number: row.get(1)?,
        link: row.get(2)?,
        cut_number: row.get(3)?,
        cut_link: row.get(4)?,
        checkpoint_number: row.get(5)?,
        checkpoint_at: row.get(6)?,
        mac: row.get(7)?,
        sealed_number: row.get(8)?,
    })
}

macro_rules! head_columns {
    () => {
        "chain, number, link, cut_number, cut_link, checkpoint_number, checkpoint_at, mac, sealed_number"
    };
}

/// The ends of a chain, if it has begun.
pub fn find(tx: &mut Tx<'_>, chain: &str) -> Result<Option<Head>> {
    tx.optional(concat!("SELECT ", head_columns!(), " FROM audit_chains WHERE chain = ?1"), args![chain], read_head)
}

/// The ends of every chain, by name.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Head>> {
    tx.all(concat!("SELECT ", head_columns!(), " FROM audit_chains ORDER BY chain"), args![], read_head)
}

/// How many chains there are.
pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("SELECT count(*) FROM audit_chains", args![], |row| row.get(0))
}

/// Stores the ends of a chain.
pub fn put(tx: &mut Tx<'_>, head: &Head) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_chains (chain, number, link, cut_number, cut_link, checkpoint_number, checkpoint_at, mac, \
         sealed_number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (chain) DO UPDATE SET \
         number = excluded.number, link = excluded.link, cut_number = excluded.cut_number, \
         cut_link = excluded.cut_link, checkpoint_number = excluded.checkpoint_number, \
         checkpoint_at = excluded.checkpoint_at, mac = excluded.mac, sealed_number = excluded.sealed_number",
        args![
            &head.chain,
            head.number,
            &head.link,
            head.cut_number,
            &head.cut_link,
            head.checkpoint_number,
            head.checkpoint_at,
            &head.mac,
            head.sealed_number
        ],
    )?;
    Ok(())
}

/// The first chain behind `after` whose first event is older than `before`.
pub fn next_with_older(tx: &mut Tx<'_>, after: &str, before: Time) -> Result<Option<Head>> {
    let sql = "SELECT c.chain FROM audit_chains c JOIN audit_events e ON e.chain = c.chain \
         AND e.number = c.cut_number + 1 WHERE c.chain > ?1 AND e.at < ?2 ORDER BY c.chain LIMIT 1";
    match tx.optional(sql, args![after, before], |row| row.get::<String>(0))? {
        Some(chain) => find(tx, &chain),
        None => Ok(None),
    }
}

/// A moment of a chain.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Name of the chain.
    pub chain: String,
    /// Number of its last event at that time.
    pub number: i64,
    /// Number of the checkpoint before; 0 where there was none.
    pub previous_number: i64,
    /// The link of the event.
    pub link: Vec<u8>,
    /// When it was made.
    pub at: Time,
    /// Authenticates all of it.
    pub mac: Vec<u8>,
}

/// Stores a checkpoint.
pub fn insert_checkpoint(tx: &mut Tx<'_>, new: &Checkpoint) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_checkpoints (chain, number, previous_number, link, at, mac) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (chain, number) DO NOTHING",
        args![&new.chain, new.number, new.previous_number, &new.link, new.at, &new.mac],
    )?;
    Ok(())
}

/// The checkpoints of a chain, oldest first.
pub fn checkpoints(tx: &mut Tx<'_>, chain: &str) -> Result<Vec<Checkpoint>> {
    tx.all(
        "SELECT chain, number, previous_number, link, at, mac FROM audit_checkpoints WHERE chain = ?1 ORDER BY number",
        args![chain],
        |row| {
            Ok(Checkpoint {
                chain: row.get(0)?,
                number: row.get(1)?,
                previous_number: row.get(2)?,
                link: row.get(3)?,
                at: row.get(4)?,
                mac: row.get(5)?,
            })
        },
    )
}

/// Deletes checkpoints of a chain up to a number.
pub fn delete_checkpoints(tx: &mut Tx<'_>, chain: &str, up_to: i64) -> Result<()> {
    tx.execute("DELETE FROM audit_checkpoints WHERE chain = ?1 AND number <= ?2", args![chain, up_to])?;
    Ok(())
}

/// All chains together as they were.
#[derive(Clone, Debug)]
pub struct Seal {
    /// When.
    pub at: Time,
    /// How many they were.
    pub chains: i64,
    /// Authenticates the last event of each.
    pub mac: Vec<u8>,
}

/// The seal, if there is one yet.
pub fn seal(tx: &mut Tx<'_>) -> Result<Option<Seal>> {
    tx.optional("SELECT at, chains, mac FROM audit_seal", args![], |row| {
        Ok(Seal { at: row.get(0)?, chains: row.get(1)?, mac: row.get(2)? })
    })
}

/// Stores the seal, in place of the one before.
pub fn put_seal(tx: &mut Tx<'_>, seal: &Seal) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_seal (singleton, at, chains, mac) VALUES (1, ?1, ?2, ?3) \
         ON CONFLICT (singleton) DO UPDATE SET at = excluded.at, chains = excluded.chains, mac = excluded.mac",
        args![seal.at, seal.chains, &seal.mac],
    )?;
    Ok(())
}

/// Whether a chain has grown since the seal.
pub fn has_unsealed(tx: &mut Tx<'_>) -> Result<bool> {
    let sql = "SELECT chain FROM audit_chains WHERE number <> sealed_number LIMIT 1";
    Ok(tx.optional(sql, args![], |_| Ok(()))?.is_some())
}
