//! 大写: an amount as the payment rules want it written, so that nobody adds a digit.

/// Writes fen in the capitals of the payment rules: `捌万零玖拾玖元玖角贰分`.
pub(crate) fn capitals(fen: i64) -> String {
    const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    let mut out = String::new();
    if fen < 0 {
        out.push('负');
    }
    let amount = fen.unsigned_abs();
    let (yuan, jiao, fen) = (amount / 100, amount / 10 % 10, amount % 10);
    let mut zero_pending = false;
    for (unit, scale) in [("亿", 100_000_000), ("万", 10_000), ("", 1)] {
        let group = if scale == 100_000_000 { yuan / scale } else { yuan / scale % 10_000 };
        if group == 0 {
            zero_pending = zero_pending || yuan > scale;
            continue;
        }
        for (power, name) in [(1000, "仟"), (100, "佰"), (10, "拾"), (1, "")] {
            let digit = group / power % 10;
            if digit == 0 {
                zero_pending = zero_pending || yuan >= scale * power;
                continue;
            }
            if zero_pending && yuan >= scale * power * 10 {
                out.push('零');
            }
            zero_pending = false;
            out.push(DIGITS[usize::try_from(digit).expect("one digit")]);
            out.push_str(name);
        }
        out.push_str(unit);
    }
    if yuan > 0 {
        out.push('元');
    }
    if jiao == 0 && fen == 0 {
        out.push_str(if yuan == 0 { "零元整" } else { "整" });
        return out;
    }
    if jiao > 0 {
        if yuan > 0 && yuan % 10 == 0 {
            out.push('零');
        }
        out.push(DIGITS[usize::try_from(jiao).expect("one digit")]);
        out.push('角');
    } else if yuan > 0 {
        out.push('零');
    }
    if fen > 0 {
        out.push(DIGITS[usize::try_from(fen).expect("one digit")]);
        out.push('分');
    } else {
        out.push('整');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_follow_the_payment_rules() {
        for (fen, want) in [
            (5, "伍分"),
            (1_000, "壹拾元整"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (10_000_000_000, "壹亿元整"),
            (0, "零元整"),
            (-100, "负壹元整"),
            (8_009_992, "捌万零玖拾玖元玖角贰分"),
            (10_000_100_000, "壹亿零壹仟元整"),
        ] {
            assert_eq!(capitals(fen), want, "{fen}");
        }
    }
}
