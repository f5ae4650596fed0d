//! A chart as a value: the page draws it with ECharts, paper with [`svg`] and [`png()`]; same figures, same colours.

mod draw;

use serde::{Deserialize, Serialize};
use terms::FeeItem;

pub use draw::{png, svg};

use crate::ReportError;
use crate::home::{Home, wan};

/// A chart. 图
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartSpec {
    /// 标题
    pub title: String,
    /// 单位
    pub unit: String,
    /// Along the axis.
    pub categories: Vec<String>,
    /// Stacked bars, from below, and lines.
    pub series: Vec<Series>,
    /// True where the last category is still running.
    pub last_is_running: bool,
}

/// A row of figures in a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// What stands in the legend.
    pub name: String,
    /// `#1F6FB2`
    pub colour: String,
    /// How it is drawn.
    pub mark: Mark,
    /// One for each category, in the unit, exact to two decimals and without separators; none is a gap.
    pub values: Vec<Option<String>>,
}

/// How figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A bar on top of the bars before; below nothing, under those before.
    Bar,
    /// A dashed line.
    Line,
}

/// The colour of a fee, everywhere.
pub const fn colour(fee: FeeItem) -> &'static str {
    match fee {
        FeeItem::Water => "#1F6FB2",
        FeeItem::Sewage => "#8A5A1E",
        FeeItem::Garbage => "#37733A",
        FeeItem::Overquota => "#7A4E9E",
    }
}

/// The colour of what was stored: grey, for it is no fee. 预存
const PREPAID: &str = "#7D8B99";

impl ChartSpec {
    /// 收入趋势: twenty-four months stacked by fee and what was stored, with the year before as a line.
    pub fn trend(home: &Home) -> Self {
        let plain = |text: String| text.replace(',', "");
        let bars = FeeItem::ALL.iter().enumerate().map(|(i, fee)| Series {
            name: fee.label().to_owned(),
            colour: colour(*fee).to_owned(),
            mark: Mark::Bar,
            values: home
                .trend
                .iter()
                .map(|month| month.fees.get(i).map(|amount| plain(wan(*amount))))
                .collect(),
        });
        let stored = Series {
            name: "预存".to_owned(),
            colour: PREPAID.to_owned(),
            mark: Mark::Bar,
            values: home.trend.iter().map(|month| Some(plain(wan(month.prepaid)))).collect(),
        };
        let ghost = Series {
            name: "上年同期".to_owned(),
            colour: "#1B2733".to_owned(),
            mark: Mark::Line,
            values: home
                .trend
                .iter()
                .map(|month| month.last_year.map(|amount| plain(wan(amount))))
                .collect(),
        };
        Self {
            title: "近二十四个月实收".to_owned(),
            unit: "万元".to_owned(),
            categories: home.trend.iter().map(|month| month.label.clone()).collect(),
            series: bars.chain([stored, ghost]).collect(),
            last_is_running: home.trend.last().is_some_and(|month| !month.complete),
        }
    }
}

/// 收入趋势 as SVG; its text needs a Chinese font where it is shown.
///
/// # Errors
/// [`ReportError::Draw`]: our fault.
pub fn trend_svg(home: &Home) -> Result<String, ReportError> {
    svg(&ChartSpec::trend(home))
}

/// 收入趋势 as PNG, sharp on paper.
///
/// # Errors
/// [`ReportError::Draw`]: our fault.
pub fn trend_png(home: &Home) -> Result<Vec<u8>, ReportError> {
    png(&ChartSpec::trend(home))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(scale: i64) -> ChartSpec {
        let months = (0..24_i64).map(|i| {
            if i == 13 { "2026年".to_owned() } else { format!("{}月", (i + 10) % 12 + 1) }
        });
        let bars = FeeItem::ALL.iter().zip([5200_i64, 2400, 1700, 130]).map(|(fee, base)| Series {
            name: fee.label().to_owned(),
            colour: colour(*fee).to_owned(),
            mark: Mark::Bar,
            values: (0..24_i64)
                .map(|i| {
                    Some(format!(
                        "{}.25",
                        (base + base * ((i + 3) % 12 - 6).abs() / 12) * scale / 100
                    ))
                })
                .collect(),
        });
        // In some months more was taken out than stored.
        let stored = Series {
            name: "预存".into(),
            colour: PREPAID.into(),
            mark: Mark::Bar,
            values: (0..24_i64).map(|i| Some(format!("{}.50", (i % 5 - 2) * 9 * scale))).collect(),
        };
        let ghost = (0..24_i64).map(|i| {
            (i > 3).then(|| format!("{}.00", (9000 + 700 * ((i + 3) % 12 - 6).abs()) * scale / 100))
        });
        let line = Series {
            name: "上年同期".into(),
            colour: "#5A6B7C".into(),
            mark: Mark::Line,
            values: ghost.collect(),
        };
        ChartSpec {
            title: "近二十四个月实收".into(),
            unit: "万元".into(),
            categories: months.collect(),
            series: bars.chain([stored, line]).collect(),
            last_is_running: true,
        }
    }

    #[test]
    fn a_chart_is_drawn_for_page_and_paper() {
        for scale in [0, 1, 100] {
            let (drawn, picture) = (svg(&chart(scale)).unwrap(), png(&chart(scale)).unwrap());
            for word in ["污水处理费", "预存", "2026年"] {
                assert!(drawn.contains(word), "{word}");
            }
            assert!(picture.starts_with(b"\x89PNG"));
            assert_eq!(png(&chart(scale)).unwrap(), picture);
            if let Some(folder) = std::env::var_os("WEIR_SAMPLES").map(std::path::PathBuf::from) {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(format!("trend-{scale}.svg")), drawn).unwrap();
                std::fs::write(folder.join(format!("trend-{scale}.png")), picture).unwrap();
            }
        }
    }
}
