//! What people do, each act under one name, and the mark that it leaves. 操作日志
//!
//! A mark is written in the transaction of its act, as its last statement: no act without a mark, no mark without an
//! act, and no mark without the right to it: the database asks what the person's role may do when the mark is written,
//! so that no use case can forget to. What only reads, such as an export, is marked before its answer begins. The
//! database chains the marks of each person (`engine/migrations/0002_access.sql`), and knows by the setting `weir.door`
//! of the connection through which door the act came.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use terms::UserId;

/// Longest subject that is kept.
const SUBJECT_MAX_CHARS: usize = 200;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $label:literal),+ $(,)?) => {
        /// What may be done and read, each with its one name `module.entity.action`: the name of the permission, and of
        /// the mark where it leaves one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $variant),+
        }

        impl Action {
            /// Every kind of act.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the operation log.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The word that people read.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// The act of a name; none where this release has no such act.
            pub fn named(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

actions! {
    /// Came in.
    LogIn = "access.session.open" "登录",
    /// Brought a wrong name or pass word.
    FailLogIn = "access.session.fail" "登录失败",
    /// Brought so many that no more are looked at for a while.
    Suspend = "access.session.suspend" "登录暂停",
    /// Went out.
    LogOut = "access.session.close" "退出登录",
    /// Reads the list of people.
    ReadPeople = "access.user.read" "查看用户",
    /// Entered a person.
    AddUser = "access.user.add" "新增用户",
    /// Let a person in no longer, and ended the person's sessions.
    DisableUser = "access.user.disable" "停用用户",
    /// Let a person in again.
    EnableUser = "access.user.enable" "启用用户",
    /// Gave a person another pass word.
    SetPassword = "access.user.password" "重设口令",
    /// Took another pass word.
    RenewPassword = "access.password.renew" "修改本人口令",
    /// Gave a person another role or place.
    SetRole = "access.user.role" "变更角色",
    /// Called a person by another name.
    RenameUser = "access.user.rename" "更正姓名",
    /// Had a person do another's work for a time, or ended that.
    StandIn = "access.user.standin" "安排顶岗",
    /// Reads which role may do what.
    ReadRoles = "access.role.read" "查看角色权限",
    /// Reads the operation log.
    ReadMarks = "access.mark.read" "查看操作日志",
    /// Sees names, phone numbers and addresses in full.
    SeePersonal = "register.person.read" "查看完整户名、电话、地址",
    /// Looks an account of the own outlet up, and what it owes.
    UseCounter = "counter.account.read" "前台查询",
    /// Looks the payments of an account up.
    ReadPayments = "counter.payment.read" "查询缴费",
    /// Took money at the counter.
    Collect = "counter.payment.collect" "收费",
    /// Took a payment back.
    Reverse = "counter.payment.reverse" "冲正",
    /// Asked that a payment may be taken back.
    RequestReversal = "counter.reversal.request" "申请冲正",
    /// Said yes or no to what somebody else has asked.
    ApproveReversal = "counter.reversal.approve" "核准冲正",
    /// Paid bills out of the purses of their payers.
    OffsetPrepaid = "prepaid.balance.offset" "预存抵扣",
    /// Closed a day.
    CloseDay = "closing.day.close" "日结",
    /// Closed the day of a cashier who cannot.
    SubstituteDay = "closing.day.substitute" "代为日结",
    /// Took paper into a store.
    ReceivePaper = "receipts.segment.receive" "入库票据",
    /// Handed paper out.
    LeasePaper = "receipts.segment.lease" "发放票据",
    /// Took unused paper back.
    ReturnPaper = "receipts.segment.return" "收回票据",
    /// Gave a misprinted number up.
    VoidPaper = "receipts.number.void" "作废票据",
    /// Typed readings in.
    EnterReadings = "reading.reading.enter" "录入抄表",
    /// Put readings right that stood.
    CorrectReadings = "reading.reading.correct" "更正抄表",
    /// Brought a file of readings.
    ImportReadings = "reading.file.import" "导入抄表",
    /// Judged readings that crossed an alert line.
    ReviewReadings = "reading.reading.review" "审核抄表",
    /// Put in the towns, organisations, owners of fees, days and channels that Weir ships with.
    LoadReference = "register.reference.load" "装入基础资料",
    /// Opened reading books.
    OpenBooks = "register.book.open" "建立表册",
    /// Opened accounts.
    OpenAccounts = "register.account.open" "立户",
    /// Put in the rates and late-fee rules that Weir ships with.
    SetTariffs = "tariff.version.set" "装入收费标准",
    /// Submitted rates, late-fee rules, owners of fees or quotas.
    SubmitRates = "tariff.order.submit" "提交收费标准",
    /// Approved what somebody else submitted of these, or refused it.
    DecideRates = "tariff.order.decide" "审批收费标准",
    /// Looks up which rates hold and which wait.
    ReadRates = "tariff.order.read" "查看收费标准",
    /// Looks up what an account is charged as, who pays and where it is, with every past state.
    ReadAccounts = "register.account.read" "查看用户档案",
    /// Submitted a change of an account.
    ChangeAccount = "register.account.change" "提交档案变更",
    /// Approved a change of an account, or refused it.
    ApproveAccount = "register.account.approve" "审批档案变更",
    /// Corrected what a payer is called.
    CorrectPayer = "register.payer.correct" "更正缴费人资料",
    /// Approved the correction of a payer's name, or refused it.
    ApprovePayer = "register.payer.approve" "审批户名更正",
    /// Corrected the address of a place.
    CorrectPoint = "register.point.correct" "更正用水地址",
    /// Corrected what was read off the face of a meter.
    CorrectMeter = "register.meter.correct" "更正水表资料",
    /// Began or went on with the bill run of a month.
    RunBills = "billing.run.begin" "计费",
    /// Looks charges up.
    ReadCharges = "billing.charge.read" "查看应收",
    /// Asked that a charge may be taken back.
    RequestChargeReversal = "billing.reversal.request" "申请应收冲正",
    /// Took a charge back at the request of somebody else, or refused to.
    ApproveChargeReversal = "billing.reversal.approve" "核准应收冲正",
    /// Entered a channel.
    AddChannel = "channels.channel.add" "登记渠道",
    /// Wrote down what a channel brought.
    ReceiveFile = "channels.file.receive" "接收渠道文件",
    /// Posted an item that waited in suspense.
    PostItem = "channels.item.post" "挂账入账",
    /// Sent an item in suspense back.
    ReturnItem = "channels.item.return" "挂账退回",
    /// Asked that an item in suspense may go to an account that it does not name.
    RequestItem = "channels.item.request" "申请改户入账",
    /// Posted such an item at the request of somebody else, or refused to.
    ApproveItem = "channels.item.approve" "核准改户入账",
    /// Took a channel's payment back.
    ReverseChannel = "channels.payment.reverse" "渠道冲正",
    /// Held bills for a channel.
    PlaceHold = "channels.hold.place" "锁定账单",
    /// Freed what was held.
    ReleaseHold = "channels.hold.release" "解锁账单",
    /// Handed a channel's batch in.
    PostBatch = "channels.batch.post" "渠道入账",
    /// Sent messages that were given up once more.
    ReviveMessages = "outbox.message.revive" "重发消息",
    /// Heard from the counterpart that it has a message.
    DeliverMessages = "outbox.message.deliver" "送达消息",
    /// Closed a month of an organisation.
    CloseMonth = "closing.month.close" "月结",
    /// Looks up which months are closed, and what stands in the way of the next.
    ReadMonths = "closing.month.read" "查看月结",
    /// Looks up what waits in suspense.
    ReadSuspense = "channels.item.read" "查看挂账",
    /// Looks remittances up, and what is left to remit.
    ReadRemittances = "remittance.voucher.read" "查看上缴",
    /// Took a remittance back.
    ReverseRemittance = "remittance.voucher.reverse" "冲正上缴",
    /// Passed money on to the treasury.
    Remit = "remittance.voucher.record" "登记上缴",
    /// Reads the homepage.
    ReadHome = "home.figures.read" "查看首页",
    /// Asked the warehouse.
    AskSql = "extract.statement.run" "查询数据",
    /// Ordered an export.
    OrderExport = "extract.job.order" "申请导出",
    /// Stopped an export.
    CancelExport = "extract.job.cancel" "取消导出",
    /// Took the file of an export away.
    FetchExport = "extract.file.fetch" "下载导出文件",
    /// Reads reports on the screen.
    ReadReports = "reports.report.read" "查看报表",
    /// Gave a report its number.
    IssueReport = "reports.report.issue" "出具报表",
    /// Took the file of a numbered report.
    FetchReport = "reports.file.fetch" "下载报表",
    /// Reads how the machines are.
    ReadStatus = "ops.status.read" "查看运行状态",
}

/// An act, as it is noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    pub(crate) action: Action,
    pub(crate) by: Option<UserId>,
    pub(crate) subject: String,
    pub(crate) details: Value,
}

impl Act {
    /// What `by` did to `subject`; nobody where a command has no person behind it.
    pub fn new(action: Action, by: Option<UserId>, subject: impl Into<String>) -> Self {
        let subject: String = subject.into();
        let kept = subject.chars().filter(|c| *c != '\0').take(SUBJECT_MAX_CHARS);
        Self { action, by, subject: kept.collect(), details: json!({}) }
    }

    /// With all that a reader of the log wants to know besides.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// A mark, as it is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Through which door: `page` or `command`.
    pub door: String,
    /// The name of the act.
    pub action: String,
    /// What was acted on.
    pub subject: String,
    /// All else.
    pub details: Value,
    /// Who, where it was a person of ours.
    pub login: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// The chain: that of the person; 0 for acts without one.
    pub chain: i32,
    /// Its place in the chain, from 1.
    pub no: i64,
}

/// Which marks are asked for; nothing asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarksSought {
    /// Older than the mark of this number.
    pub before: Option<i64>,
    /// Of the person of this login.
    pub login: Option<String>,
    /// Whose act has a name that begins so.
    pub action: Option<String>,
    /// Through this door.
    pub door: Option<String>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Until before this one.
    pub until: Option<DateTime<Utc>>,
    /// At most so many.
    pub most: u32,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_act_has_one_name_of_three_words() {
        let names: HashSet<_> = Action::ALL.iter().map(|action| action.code()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for name in names {
            let words: Vec<_> = name.split('.').collect();
            let plain = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase());
            assert!(words.len() == 3 && words.iter().all(plain), "{name}");
        }
    }

    #[test]
    fn a_subject_fits_its_column() {
        let act = Act::new(Action::LogIn, None, "\0好".repeat(300));
        assert_eq!(act.subject, "好".repeat(200));
    }
}
