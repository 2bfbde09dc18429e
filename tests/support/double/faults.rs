//! How the double breaks.

use std::collections::VecDeque;
use tonic::Code;

/// The call that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Append,
    ReadStream,
    ReadAll,
    Subscribe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// "Ask the leader", who is this very node.
    NotLeader,
    Status(Code),
    /// None, ever.
    Hang,
    /// An error now; the append is written so many milliseconds later, if it still fits then.
    Late(u64),
    /// One that lacks the part that matters.
    Empty,
    /// The right one, with a flipped bit in the first event's data.
    FlippedBit,
    /// The right one, with another revision in the first event.
    OddRevision,
    /// The right one, each part some milliseconds after the one before.
    Slow(u64),
    /// The first half of it, then an error.
    Half,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub call: Call,
    /// Whether an append is written before it goes wrong.
    pub is_taken: bool,
    pub answer: Answer,
}

impl Fault {
    /// An append that is written, and then goes wrong.
    pub fn after_append(answer: Answer) -> Self {
        Self { call: Call::Append, is_taken: true, answer }
    }

    /// An append that goes wrong before anything is written.
    pub fn before_append(answer: Answer) -> Self {
        Self { call: Call::Append, is_taken: false, answer }
    }

    pub fn of_stream(answer: Answer) -> Self {
        Self { call: Call::ReadStream, is_taken: false, answer }
    }

    pub fn of_all(answer: Answer) -> Self {
        Self { call: Call::ReadAll, is_taken: false, answer }
    }

    pub fn of_subscription(answer: Answer) -> Self {
        Self { call: Call::Subscribe, is_taken: false, answer }
    }
}

/// Codes with which servers, proxies and clients end a call that they could not bring to an end.
const CODES: [Code; 6] = [
    Code::Aborted,
    Code::Unavailable,
    Code::Unknown,
    Code::DeadlineExceeded,
    Code::Cancelled,
    Code::Internal,
];

#[derive(Default)]
pub struct Faults {
    waiting: VecDeque<Fault>,
    random: Option<Random>,
    so_far: u64,
}

struct Random {
    state: u64,
    per_mille: u64,
}

impl Random {
    /// xorshift64*: enough to choose faults by.
    fn next(&mut self, below: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    }

    fn fault(&mut self, call: Call) -> Option<Fault> {
        if self.next(1_000) >= self.per_mille {
            return None;
        }
        let code = CODES[self.next(CODES.len() as u64) as usize];
        let is_taken = self.next(2) == 0;
        let answer = match (call, self.next(12)) {
            (_, 0) => Answer::Hang,
            (Call::Append, 1) => Answer::Empty,
            (Call::Append, 4..7) => {
                let answer = Answer::Late(self.next(40));
                return Some(Fault { call, is_taken: false, answer });
            }
            (Call::Append, 2 | 3) => {
                return Some(Fault { call, is_taken: false, answer: Answer::NotLeader });
            }
            (Call::ReadStream | Call::ReadAll, 1 | 2) => Answer::Half,
            (Call::ReadStream | Call::ReadAll, 3) => Answer::Empty,
            _ => Answer::Status(code),
        };
        Some(Fault { call, is_taken, answer })
    }
}

impl Faults {
    pub fn inject(&mut self, fault: Fault) {
        self.waiting.push_back(fault);
    }

    pub fn chaos(&mut self, seed: u64, per_mille: u64) {
        self.random = (per_mille > 0).then_some(Random { state: seed | 1, per_mille });
    }

    pub fn so_far(&self) -> u64 {
        self.so_far
    }

    /// What goes wrong with this call, if anything.
    pub fn next(&mut self, call: Call) -> Option<Fault> {
        let waiting = self.waiting.iter().position(|fault| fault.call == call);
        let fault = match waiting {
            Some(index) => self.waiting.remove(index),
            None => self.random.as_mut().and_then(|random| random.fault(call)),
        };
        self.so_far += u64::from(fault.is_some());
        fault
    }
}
