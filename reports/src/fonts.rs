//! The fonts that ship inside the binary: GB18030 subsets of Noto CJK SC (OFL, see `fonts/OFL.txt`).

/// Body text of paper; its digits share one width, so that amounts line up. 宋体
pub(crate) const SERIF: &[u8] = include_bytes!("../fonts/NotoSerifCJKsc-Regular.otf");
/// Titles, headers and sums of paper. 黑体
pub(crate) const SANS_BOLD: &[u8] = include_bytes!("../fonts/NotoSansCJKsc-Bold.otf");
/// Charts.
pub(crate) const SANS: &[u8] = include_bytes!("../fonts/NotoSansCJKsc-Regular.otf");
