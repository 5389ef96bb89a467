//! What a daemon wrote to the store and the store accepted: MySQL's protocol, as far as that needs.
//!
//! A packet has its length in three bytes, then a number that is 0 where the client begins a command. The first answer to
//! a command begins with 0xff where it was refused.

use super::witness::Reader;
use std::collections::{HashMap, VecDeque};

const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
/// The farewell, a long value, a statement's end: they have no answer.
const UNANSWERED: [u8; 3] = [0x01, 0x18, 0x19];
const REFUSED: u8 = 0xff;

/// Each daemon tells of itself in a row of its own: that is no effect.
const ITS_OWN: &str = "live_daemons";

/// One connection.
#[derive(Default)]
pub struct Sql {
    asked: Packets,
    answered: Packets,
    /// Commands that wait for the first packet of their answer.
    waiting: VecDeque<Command>,
    prepared: HashMap<u32, String>,
    /// What this transaction has written.
    written: Vec<String>,
    in_transaction: bool,
    /// The handshake is over.
    entered: bool,
    /// The answer to the last command has begun.
    quiet: bool,
}

enum Command {
    Run(String),
    Prepare(String),
    Other,
}

impl Reader for Sql {
    fn asked(&mut self, bytes: &[u8]) -> Vec<String> {
        for (number, packet) in self.asked.take(bytes) {
            // The login goes on from the server's number.
            if number != 0 || packet.is_empty() {
                continue;
            }
            self.entered = true;
            self.quiet = false;
            let text = || String::from_utf8_lossy(&packet[1..]).into_owned();
            match packet[0] {
                QUERY => self.waiting.push_back(Command::Run(text())),
                PREPARE => self.waiting.push_back(Command::Prepare(text())),
                EXECUTE => {
                    let statement = packet.get(1..5).and_then(|id| id.try_into().ok()).map(u32::from_le_bytes);
                    let text = statement.and_then(|id| self.prepared.get(&id).cloned());
                    self.waiting.push_back(Command::Run(text.unwrap_or_else(|| "unknown statement".to_owned())));
                }
                command if UNANSWERED.contains(&command) => {}
                _ => self.waiting.push_back(Command::Other),
            }
        }
        Vec::new()
    }

    fn answered(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut told = Vec::new();
        for (number, packet) in self.answered.take(bytes) {
            // The first packet of an answer has the number after the command's.
            if !self.entered || self.quiet || number != 1 {
                continue;
            }
            self.quiet = true;
            let accepted = packet.first() != Some(&REFUSED);
            match self.waiting.pop_front() {
                Some(Command::Run(text)) if accepted => told.extend(self.ran(text)),
                Some(Command::Run(text)) => self.refused(&text),
                Some(Command::Prepare(text)) if accepted => {
                    if let Some(id) = packet.get(1..5).and_then(|id| id.try_into().ok()) {
                        self.prepared.insert(u32::from_le_bytes(id), text);
                    }
                }
                _ => {}
            }
        }
        told
    }
}

impl Sql {
    /// A statement was carried out; gives what is there for good by it.
    fn ran(&mut self, text: String) -> Vec<String> {
        let word = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "START" | "BEGIN" => self.in_transaction = true,
            "COMMIT" => {
                self.in_transaction = false;
                return std::mem::take(&mut self.written);
            }
            "ROLLBACK" => {
                self.in_transaction = false;
                self.written.clear();
            }
            "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "CALL" | "CREATE" | "ALTER" | "DROP"
                if !text.contains(ITS_OWN) =>
            {
                if !self.in_transaction {
                    return vec![text];
                }
                self.written.push(text);
            }
            _ => {}
        }
        Vec::new()
    }

    /// A refused COMMIT is a roll-back.
    fn refused(&mut self, text: &str) {
        if text.trim().eq_ignore_ascii_case("commit") {
            self.in_transaction = false;
            self.written.clear();
        }
    }
}

/// Bytes of one way, cut into packets.
#[derive(Default)]
struct Packets(Vec<u8>);

impl Packets {
    /// Those that are whole: number and content.
    fn take(&mut self, bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        self.0.extend_from_slice(bytes);
        let mut whole = Vec::new();
        while let [a, b, c, number, ..] = self.0[..] {
            let end = 4 + usize::from(a) + (usize::from(b) << 8) + (usize::from(c) << 16);
            if self.0.len() < end {
                break;
            }
            let packet: Vec<u8> = self.0.drain(..end).skip(4).collect();
            whole.push((number, packet));
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("short");
        [&[length, 0, 0, number], content].concat()
    }

    fn run(sql: &mut Sql, text: &str, answer: u8) -> Vec<String> {
        assert_eq!(sql.asked(&packet(0, &[&[QUERY], text.as_bytes()].concat())), [""; 0]);
        sql.answered(&packet(1, &[answer]))
    }

    /// What is told is what is there for good, whatever way it was asked for.
    #[test]
    fn what_was_committed_is_told_and_nothing_else() {
        let mut sql = Sql::default();
        assert_eq!(sql.answered(&packet(0, b"greeting")), [""; 0]);
        assert_eq!(run(&mut sql, "SELECT 1", 1), [""; 0]);
        assert_eq!(run(&mut sql, "UPDATE a SET b = 1", 0), ["UPDATE a SET b = 1"]);
        assert_eq!(run(&mut sql, "UPDATE live_daemons SET seen = 1", 0), [""; 0]);
        for (commit, told) in [(0, 1), (REFUSED, 0)] {
            run(&mut sql, "START TRANSACTION", 0);
            sql.asked(&packet(0, &[&[PREPARE][..], b"INSERT INTO a VALUES (?)"].concat()));
            sql.answered(&packet(1, &[0, 7, 0, 0, 0]));
            sql.asked(&packet(0, &[EXECUTE, 7, 0, 0, 0]));
            assert_eq!(sql.answered(&packet(1, &[0])), [""; 0]);
            assert_eq!(run(&mut sql, "COMMIT", commit).len(), told);
        }
        run(&mut sql, "START TRANSACTION", 0);
        run(&mut sql, "DELETE FROM a", 0);
        run(&mut sql, "ROLLBACK", 0);
        assert_eq!(run(&mut sql, "COMMIT", 0), [""; 0]);
    }
}
