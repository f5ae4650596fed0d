//! What people, firms and streets are called. Nobody is real: the phone numbers are of a range that is not assigned.

use super::dice::{Dice, Of};

const FAMILY: [&str; 60] = [
    "陈", "李", "黄", "张", "梁", "王", "刘", "林", "叶", "吴", "罗", "邓", "周", "何", "曾", "杨",
    "钟", "郭", "谢", "朱", "卢", "袁", "莫", "方", "蔡", "温", "尹", "祁", "翟", "香", "胡", "徐",
    "赵", "孙", "马", "高", "郑", "潘", "冯", "余", "苏", "彭", "赖", "邹", "邱", "廖", "丁", "萧",
    "欧阳", "麦", "区", "骆", "戴", "庾", "佘", "单", "仝", "逯", "昝", "亓",
];
const GIVEN: [&str; 72] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "霞", "平", "刚", "志强", "建华", "丽君", "淑芬", "伟明", "志明", "国强", "秀英", "玉兰",
    "桂英", "惠珍", "柏坚", "锦添", "沛霖", "嘉欣", "梓轩", "子涵", "浩然", "雨桐", "思琪", "俊杰",
    "晓彤", "文彬", "海燕", "润兴", "满堂", "润枝", "炳光", "柱培", "丽霞", "德彪", "耀祖", "堃",
    "喆", "赟", "泽堃", "宇喆", "赟涵", "晟睿", "懿", "昊", "旻", "珺", "煊", "翀", "垚", "燚",
    "犇", "骉", "淼", "妤", "祎",
];
const TRADES: [&str; 16] = [
    "五金制品厂",
    "电子有限公司",
    "家具厂",
    "制衣厂",
    "塑胶模具有限公司",
    "食品有限公司",
    "物流有限公司",
    "纸品包装厂",
    "超市",
    "餐饮店",
    "小学",
    "卫生院",
    "村民委员会",
    "商贸行",
    "酒店",
    "汽车修理厂",
];
const MARKS: [&str; 24] = [
    "兴隆", "宏达", "永盛", "金利", "恒丰", "粤顺", "联发", "华堃", "瑞喆", "天赟", "鸿运", "顺景",
    "裕元", "信义", "长泰", "新明", "星河", "万里", "东江", "莲峰", "水乡", "合兴", "旗峰", "同沙",
];
const STREETS: [&str; 24] = [
    "振兴路",
    "东兴路",
    "莞太路",
    "环城路",
    "新风路",
    "文明路",
    "商业街",
    "学前路",
    "工业一路",
    "沿河路",
    "金龙路",
    "育才路",
    "康乐路",
    "水围新村",
    "旧围",
    "新围",
    "永安街",
    "广场北路",
    "南城大道",
    "莲湖路",
    "富民路",
    "市场路",
    "人民路",
    "花园街",
];

/// A person's name.
pub(super) fn person(dice: Dice, who: u64) -> String {
    format!(
        "{}{}",
        dice.pick(Of::FamilyName, who, 0, &FAMILY),
        dice.pick(Of::GivenName, who, 0, &GIVEN)
    )
}

/// A firm's name.
pub(super) fn firm(dice: Dice, who: u64, town: &str) -> String {
    format!(
        "东莞市{town}{}{}",
        dice.pick(Of::FamilyName, who, 1, &MARKS),
        dice.pick(Of::GivenName, who, 1, &TRADES)
    )
}

/// A phone number of the unassigned range 100.
pub(super) fn phone(dice: Dice, who: u64) -> String {
    format!("100{:08}", dice.below(Of::Phone, who, 0, 100_000_000))
}

/// An address in a village.
pub(super) fn address(dice: Dice, who: u64, town: &str, village: &str) -> String {
    // 岗贝社区居民委员会 is called 岗贝社区, 下岭贝村民委员会 下岭贝村, 九曲村村民委员会 九曲村.
    let village = village
        .strip_suffix("居民委员会")
        .or_else(|| village.strip_suffix("村民委员会").filter(|name| name.ends_with('村')))
        .or_else(|| village.strip_suffix("民委员会"))
        .unwrap_or(village);
    let number = dice.below(Of::Street, who, 1, 200) + 1;
    let room = dice.below(Of::Street, who, 2, 30) * 100 + dice.below(Of::Street, who, 3, 8) + 101;
    format!("{town}{village}{}{number}号{room}房", dice.pick(Of::Street, who, 0, &STREETS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_called_by_its_short_name_once() {
        for (village, name) in [
            ("下岭贝村民委员会", "下岭贝村"),
            ("九曲村村民委员会", "九曲村"),
            ("岗贝社区居民委员会", "岗贝社区"),
            ("大朗镇水口村", "大朗镇水口村"),
        ] {
            let address = address(Dice(1), 7, "大朗镇", village);
            assert!(address.starts_with(&format!("大朗镇{name}")), "{address}");
            assert!(!address.contains("村村") && !address.contains("委员会"), "{address}");
        }
    }
}
