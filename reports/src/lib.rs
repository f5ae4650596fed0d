//! The reports: values, laid out once, drawn as page, paper and work book
