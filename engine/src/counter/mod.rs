//! The counter: what an account owes today, a payment taken, a payment taken back. 前台收费
//!
//! A payment settles whole charges, oldest first. Its sources are what is tendered and what lies in the payer's purse;
//! the rest is change, or is kept for the payer as prepaid money. The account row is the mutex: [`collect()`] and
//! [`reverse()`] lock it, decide on what they then read, and record everything in one statement. Both carry a key made
//! by the caller, so that a repeated click finds the receipt that is already there; where the database falls silent at
//! the commit, the order is in doubt, and is asked again under its key.

mod payment;
mod quoted;
mod reversal;
mod asked;
mod again;
mod approve;
mod collect;
mod apart;
mod bulk;
mod entry;
mod issued;
mod purse;
mod quote;
mod request;
mod reverse;
mod settle;
mod standing;
mod store;
mod tender;
mod view;

pub use apart::{Apart, apart, shown};
pub use approve::{
    AnswerError, answer_request, request_named, requests_answered, requests_waiting,
};
pub use asked::{Answer, AnswerRequest, Request, RequestReversal, RequestState};
pub(crate) use bulk::BulkPayment;
pub use collect::{collect, posted_under};
pub(crate) use entry::SettledLine;
pub use issued::{IssuedLine, IssuedReceipt};
pub use payment::{Collect, CollectError, Collected, JustTaken};
pub(crate) use purse::Purse;
pub use quote::quote;
pub use quoted::{FormerPayer, Payer, Quote, QuotedCharge, QuotedFee, QuotedLine};
pub(crate) use quoted::{LateFeeTerms, add_late_fees};
pub use request::{RequestError, request_for, request_reversal, requests_by};
pub use reversal::{Reverse, ReverseError, Reversed};
pub use reverse::reverse;
pub use standing::Stands;
pub(crate) use store::{locked_original, owed, payment_ids, posted, purses, record_all};
pub use tender::{BookedSlip, Surplus, Tender};
pub use view::{
    PaymentSlip, PaymentSummary, Source, latest, payments_by_paper, payments_of, receipt_view,
    recent, stands,
};
