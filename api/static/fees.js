// The fees of a bill, in the order in which pages show them: code and name, as `FeeItem` of the terms has them.

export const FEES = [["water", "水费"], ["sewage", "污水处理费"], ["garbage", "垃圾处理费"], ["overquota", "累计加价"]];
