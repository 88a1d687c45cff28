//! The rest of the demo's month: the register of customers, a new one, a claim that comes from
//! another institution and is split, a FAX, and the fees.

use std::fs;

use crate::domain::fees::Month;
use crate::domain::{CaseId, Date, Timestamp};
use crate::workflow::{Deed, Wish};

use super::super::outcome::Error;
use super::super::root::Root;
use super::Demo;

/// The institution as the one that debits.
const FEES: &str = "\n[fees]\nclient_code = \"1234567890\"\nclient_name = \"ﾐﾎﾝｼﾝﾖｳｷﾝｺ\"\n\
    account = \"0001-001-1-7654321\"\n";

const REGISTER: &str = include_str!("../samples/customers.csv");
const APPLICATION: &str = include_str!("../samples/application.csv");
const TRANSFER: &str = include_str!("../samples/transfer.csv");
const SPLIT: &str = include_str!("../samples/split.csv");

/// The number the network gives the new customer.
const NUMBER: &str = "4EF5GH6JK";

/// Writes into the settings who debits the fees.
pub(super) fn debits(root: &Root) -> Result<(), Error> {
    let path = root.path.join("kessai.toml");
    let settings = root.text("kessai.toml")?.unwrap_or_default() + FEES;
    fs::write(&path, settings).map_err(|cause| Error::world("cannot write", &path, cause))
}

impl Demo<'_> {
    pub(super) fn month(&mut self) -> Result<(), Error> {
        self.stage("利用者の台帳", "一覧を置き、二人が承認すると台帳になります。")?;
        let list = self.hand_in(("contracts/001", "利用者台帳.csv", REGISTER))?;
        self.approve(list, "sato0001")?;
        self.approve(list, "mori0001")?;

        self.stage("新規のお申込み", "書類・審査・利用者番号・承認を経て、その日から使えます。")?;
        let new = self.hand_in(("contracts/001", "申込書.csv", APPLICATION))?;
        let kept = [("application", "確認済み"), ("identity", "確認済み")];
        self.fill_in(new, "suzuki01", &kept)?;
        self.fill_in(new, "kato0001", &[("result", "可")])?;
        self.fill_in(new, "ito00001", &[("user_number", NUMBER)])?;
        self.approve(new, "sato0001")?;
        self.approve(new, "mori0001")?;
        self.show_customers()?;

        self.stage(
            "特定記録機関変更",
            "ほかの記録機関の債権を、書面と承諾によりでんさいに移します。",
        )?;
        let transfer = self.hand_in(("branches/001", "機関変更.csv", TRANSFER))?;
        let paper = [("institution", "みずほ電子債権記録"), ("consent", "あり")];
        self.fill_in(transfer, "suzuki01", &paper)?;
        self.approve(transfer, "sato0001")?;
        self.approve(transfer, "mori0001")?;
        let proceed = Wish::Do(Deed::Proceed);
        self.decide(transfer, "mori0001", proceed, "元の記録機関の手続が済みました")?;
        let text = result(transfer, "9XY8WV7UT00000100019");
        self.told("kekka_henkou.csv", &text, &[transfer])?;

        self.stage("分割譲渡と結果", "移した債権の一部を、新しいお客様へ分割して譲ります。")?;
        let split = self.hand_in(("customers/9XY8WV7UT", "分割.csv", SPLIT))?;
        for user in ["takasaki1", "takasaki2", "sato0001", "mori0001"] {
            self.approve(split, user)?;
        }
        let text = result(split, "9XY8WV7UT00000100027");
        self.told("kekka_bunkatsu.csv", &text, &[split])?;

        let faxed = self.fax()?;
        self.told("kekka_fax.csv", &result(faxed, "1AB2CD3EF00000100041"), &[faxed])?;

        let first = Date::new(2027, 1, 4)
            .map_err(|_| Error::Usage("the demo's day is not a day".to_owned()))?;
        self.go_to(Timestamp::tokyo(first, 8, 0));
        self.stage(
            "一月の第一営業日",
            "十二月に記録された分の手数料を計算し、引落しをお知らせします。",
        )?;
        self.machine.drain()?;
        self.show_fees(Month::of(first))
    }

    /// A file is dropped and judged; the case it opens.
    fn hand_in(&mut self, (folder, name, text): (&str, &str, &str)) -> Result<CaseId, Error> {
        self.drop_file(&(folder, name, text.as_bytes()))?;
        self.machine.drain()?;
        self.case_of(name)
    }

    fn show_customers(&mut self) -> Result<(), Error> {
        for customer in self.desk.store.customers().iter() {
            let (user, contract) = (customer.user, customer.contract.japanese());
            writeln!(self.out, "  {user} {}（{contract}）", customer.name)?;
        }
        Ok(())
    }

    fn show_fees(&mut self, month: Month) -> Result<(), Error> {
        let billed = self.desk.store.billed(month);
        let billed = billed.ok_or_else(|| Error::Usage(format!("{month} was not billed")))?;
        for kept in billed.bills.values() {
            let (customer, total) = (kept.bill.customer, kept.bill.total);
            let day = billed.debit_day;
            writeln!(self.out, "  {customer} {} {total}円 引落し {day}", kept.name)?;
        }
        Ok(())
    }
}

/// A file of results about the one line of a case.
fn result(case: CaseId, number: &str) -> String {
    format!("申請番号,明細番号,結果,記録番号,エラー,備考\r\n{case},1,良好,{number},,\r\n")
}
