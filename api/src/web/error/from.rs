//! What each error of engine, warehouse and reports is to whoever asked.

use engine::access::Action;
use engine::billing::ReverseChargeError;
use engine::channels;
use engine::closing::CloseError;
use engine::counter::{AnswerError, CollectError, RequestError, ReverseError};
use reports::ReportError;
use warehouse::WarehouseError;

use super::WebError;

impl From<CollectError> for WebError {
    fn from(error: CollectError) -> Self {
        use CollectError as E;
        match error {
            E::StaleQuote { .. }
            | E::OlderFirst { .. }
            | E::KeyReused { .. }
            | E::KeyElsewhere
            | E::TakenAlready(_)
            | E::DayClosed
            | E::Held(_)
            | E::NoReceipts(_)
            | E::PrepaidGone { .. } => Self::Conflict(error.to_string()),
            E::JustTaken(_) => Self::Again(error.to_string()),
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            E::OtherOutlet => Self::Forbidden("该用户属于其他网点，不能在本网点收费。"),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<ReverseChargeError> for WebError {
    fn from(error: ReverseChargeError) -> Self {
        use ReverseChargeError as E;
        match error {
            E::NoReason => Self::Invalid(error.to_string()),
            E::Unknown | E::UnknownRequest => Self::NotFound,
            E::NotAllowed => Self::NotAllowed(None),
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<ReverseError> for WebError {
    fn from(error: ReverseError) -> Self {
        use ReverseError as E;
        match error {
            E::NoReason => Self::Invalid(error.to_string()),
            // A payment of another outlet is as good as none.
            E::Unknown | E::OtherOutlet => Self::NotFound,
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<channels::ReverseError> for WebError {
    fn from(error: channels::ReverseError) -> Self {
        use channels::ReverseError as E;
        match error {
            E::NoReason => Self::Invalid(error.to_string()),
            E::Unknown => Self::NotFound,
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<RequestError> for WebError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(refused) => refused.into(),
            RequestError::NotAllowed => Self::NotAllowed(Some(Action::RequestReversal)),
            RequestError::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<AnswerError> for WebError {
    fn from(error: AnswerError) -> Self {
        use AnswerError as E;
        match error {
            E::Database(_) => Self::busy(error.to_string(), &error),
            E::NotAllowed => Self::NotAllowed(Some(Action::ApproveReversal)),
            E::Unknown => Self::NotFound,
            E::NoReason => Self::Invalid(error.to_string()),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<CloseError> for WebError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Busy | CloseError::Database(_) => Self::busy(error.to_string(), &error),
            CloseError::Counted
            | CloseError::Uncounted { .. }
            | CloseError::Differs { .. }
            | CloseError::FreeSlips { .. }
            | CloseError::NoReason => Self::Invalid(error.to_string()),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<WarehouseError> for WebError {
    fn from(error: WarehouseError) -> Self {
        use WarehouseError as E;
        match error {
            E::Invalid { message, line, column } => {
                Self::Statement { words: message, place: line.zip(column) }
            }
            E::Refused(told) => Self::Statement { words: told.message, place: told.place },
            E::Computation(told) => Self::Statement {
                words: format!("计算出错：{}", told.message),
                place: told.place,
            },
            E::Busy | E::Empty => Self::not_now(error.to_string()),
            E::NoSnapshot(_) => Self::NotFound,
            E::Shape { .. } | E::Broken(_) => Self::Fault(error.into()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<ReportError> for WebError {
    fn from(error: ReportError) -> Self {
        use ReportError as E;
        match error {
            E::NotForRole(_) => Self::Forbidden("您的角色不能查看这份报表。"),
            E::Param { .. } | E::TooLong { .. } => Self::Invalid(error.to_string()),
            E::UnknownNumber(_) => Self::NotFound,
            E::NotASnapshot => Self::not_now(error.to_string()),
            E::Changed { .. } => Self::Conflict(error.to_string()),
            E::Warehouse(cause) => cause.into(),
            fault => Self::Fault(fault.into()),
        }
    }
}
