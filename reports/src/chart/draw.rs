//! Charts for paper and for pages without script, by plotters.
//!
//! Two habits of its fonts are worked around: it ignores the left bearing of a glyph, so there are no full-width
//! brackets; and SVG text is drawn 17 % wider than it is measured, so the legend leaves room.

use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use terms::grouped;

use super::{ChartSpec, Mark, Series};
use crate::ReportError;
use crate::fonts;

const FAMILY: &str = "Noto Sans CJK SC";
const SIZE: (u32, u32) = (1120, 360);
/// Pixels of a picture for each pixel of the page: plotters knows no density, so sizes are multiplied.
const SHARPNESS: u32 = 2;
const INK: RGBColor = RGBColor(0x4A, 0x5B, 0x6C);
const TITLE: RGBColor = RGBColor(0x1B, 0x27, 0x33);
const HAIR: RGBColor = RGBColor(0xE1, 0xE7, 0xEC);
/// How solid a running month is drawn.
const RUNNING: f64 = 0.45;

/// Draws a chart as SVG of 1120 × 360.
///
/// # Errors
/// [`ReportError::Draw`]: our fault.
pub fn svg(chart: &ChartSpec) -> Result<String, ReportError> {
    let mut out = String::new();
    draw(&SVGBackend::with_string(&mut out, SIZE).into_drawing_area(), chart, 1.0)?;
    Ok(out)
}

/// Draws a chart as PNG of 2240 × 720.
///
/// # Errors
/// [`ReportError::Draw`]: our fault.
pub fn png(chart: &ChartSpec) -> Result<Vec<u8>, ReportError> {
    let (width, height) = (SIZE.0 * SHARPNESS, SIZE.1 * SHARPNESS);
    let mut pixels = vec![0; usize::try_from(width * height * 3).unwrap_or_default()];
    draw(
        &BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area(),
        chart,
        f64::from(SHARPNESS),
    )?;
    encode(&pixels, width, height)
}

fn draw<B: DrawingBackend>(
    root: &DrawingArea<B, Shift>,
    chart: &ChartSpec,
    scale: f64,
) -> Result<(), ReportError> {
    static FONT: OnceLock<bool> = OnceLock::new();
    if !FONT.get_or_init(|| register_font(FAMILY, FontStyle::Normal, fonts::SANS).is_ok()) {
        return Err(ReportError::draw("图表", "字体未能载入"));
    }
    Drawing { chart, scale }.onto(root).map_err(|e| ReportError::draw("图表", e))
}

struct Drawing<'a> {
    chart: &'a ChartSpec,
    scale: f64,
}

impl Drawing<'_> {
    fn onto<B: DrawingBackend>(
        &self,
        root: &DrawingArea<B, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        root.fill(&WHITE)?;
        self.legend(root)?;
        let count = i32::try_from(self.chart.categories.len()).unwrap_or(0).max(1);
        let (below, above) = self.extent();
        let step = step(above.max(below));
        let whole_steps = |height: f64| (height / step).ceil() * step;
        let mut plot = ChartBuilder::on(root)
            .margin_top(self.px(44.0))
            .margin_right(self.px(16.0))
            .margin_left(self.px(8.0))
            .margin_bottom(self.px(8.0))
            .x_label_area_size(self.px(28.0))
            .y_label_area_size(self.px(56.0))
            .build_cartesian_2d(
                (0..count - 1).into_segmented(),
                0.0 - whole_steps(below)..whole_steps(above),
            )?;
        let names = |v: &SegmentValue<i32>| match v {
            SegmentValue::CenterOf(i) => usize::try_from(*i)
                .ok()
                .and_then(|i| self.chart.categories.get(i))
                .cloned()
                .unwrap_or_default(),
            _ => String::new(),
        };
        plot.configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(HAIR.stroke_width(1))
            .axis_style(HAIR.stroke_width(1))
            .x_labels(self.chart.categories.len())
            .y_labels(10)
            .x_label_formatter(&names)
            .y_label_formatter(&|v| tick(*v, step))
            .x_label_style(self.font(11.0, INK))
            .y_label_style(self.font(11.0, INK))
            .draw()?;
        let mut stacks = vec![Stack::default(); self.chart.categories.len()];
        for series in self.chart.series.iter().filter(|series| series.mark == Mark::Bar) {
            plot.draw_series(self.bars(series, &mut stacks))?;
        }
        for series in self.chart.series.iter().filter(|series| series.mark == Mark::Line) {
            let points = (0..)
                .zip(&series.values)
                .filter_map(|(i, v)| Some((SegmentValue::CenterOf(i), number(v)?)));
            let (dash, gap) = (self.px(3.0), self.px(3.0));
            let style = rgb(&series.colour).stroke_width(self.px(1.8).unsigned_abs());
            plot.draw_series(DashedLineSeries::new(points.collect::<Vec<_>>(), dash, gap, style))?;
        }
        root.present()
    }

    /// Title at the left, names of the series from the right. Our own: the built-in box sits on the bars.
    fn legend<B: DrawingBackend>(
        &self,
        root: &DrawingArea<B, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let title = format!("{}  单位：{}", self.chart.title, self.chart.unit);
        root.draw(&Text::new(title, (self.px(16.0), self.px(12.0)), self.font(16.0, TITLE)))?;
        let mut x = i32::try_from(root.dim_in_pixel().0).unwrap_or(0) - self.px(16.0);
        for series in self.chart.series.iter().rev() {
            let label = self.font(12.0, INK).pos(Pos::new(HPos::Right, VPos::Top));
            let measured = f64::from(root.estimate_text_size(&series.name, &label)?.0);
            root.draw(&Text::new(series.name.clone(), (x, self.px(14.0)), label))?;
            x -= rounded(measured * 1.448 / 1.24) + self.px(6.0);
            let (upper, lower) = match series.mark {
                Mark::Bar => (12.0, 22.0),
                Mark::Line => (16.5, 18.0),
            };
            let swatch = [(x - self.px(10.0), self.px(upper)), (x, self.px(lower))];
            root.draw(&Rectangle::new(swatch, rgb(&series.colour).filled()))?;
            x -= self.px(28.0);
        }
        Ok(())
    }

    fn bars(
        &self,
        series: &Series,
        stacks: &mut [Stack],
    ) -> Vec<Rectangle<(SegmentValue<i32>, f64)>> {
        let (colour, last) = (rgb(&series.colour), stacks.len().saturating_sub(1));
        let mut bars = Vec::with_capacity(stacks.len());
        for (i, (stack, value)) in stacks.iter_mut().zip(&series.values).enumerate() {
            let (from, to) = stack.put(number(value).unwrap_or(0.0));
            let at = i32::try_from(i).unwrap_or(i32::MAX);
            let solid = if self.chart.last_is_running && i == last { RUNNING } else { 1.0 };
            let corners = [(SegmentValue::Exact(at), from), (SegmentValue::Exact(at + 1), to)];
            let mut bar = Rectangle::new(corners, colour.mix(solid).filled());
            let margin = self.px(6.0).unsigned_abs();
            bar.set_margin(0, 0, margin, margin);
            bars.push(bar);
        }
        bars
    }

    /// How far the lowest stack or point goes below nothing, and the highest above it.
    fn extent(&self) -> (f64, f64) {
        let mut stacks = vec![Stack::default(); self.chart.categories.len()];
        let (mut below, mut above) = (0.0_f64, 0.01_f64);
        for series in &self.chart.series {
            for (stack, value) in stacks.iter_mut().zip(series.values.iter().map(number)) {
                let value = value.unwrap_or(0.0);
                let end = if series.mark == Mark::Bar { stack.put(value).1 } else { value };
                (below, above) = (below.max(-end), above.max(end));
            }
        }
        (below, above)
    }

    fn px(&self, page: f64) -> i32 {
        rounded(page * self.scale)
    }

    fn font(&self, size: f64, colour: RGBColor) -> TextStyle<'static> {
        (FAMILY, size * self.scale).into_font().color(&colour)
    }
}

/// Where the next bar of a category begins, above nothing and below it.
#[derive(Clone, Default)]
struct Stack {
    above: f64,
    below: f64,
}

impl Stack {
    /// Puts a bar on it; gives its two ends.
    fn put(&mut self, value: f64) -> (f64, f64) {
        let end = if value < 0.0 { &mut self.below } else { &mut self.above };
        let from = *end;
        *end += value;
        (from, *end)
    }
}

/// A fifth of a height, at a round number.
fn step(height: f64) -> f64 {
    let raw = height / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|f| f * power)
        .find(|step| *step >= raw)
        .unwrap_or(raw)
}

/// A picture is the one place where an amount becomes a float.
fn number(value: &Option<String>) -> Option<f64> {
    value.as_deref()?.parse().ok()
}

fn tick(value: f64, step: f64) -> String {
    if step >= 1.0 { grouped(i64::from(rounded(value))) } else { format!("{value:.2}") }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of one picture")]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}

fn rgb(colour: &str) -> RGBColor {
    let part = |at: usize| {
        colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0)
    };
    RGBColor(part(1), part(3), part(5))
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ReportError> {
    let failed = |e: png::EncodingError| ReportError::draw("图表", e);
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels))
        .map_err(failed)?;
    Ok(out)
}
