//! Stories of the trade, counterpart programs, and the developer's chores
