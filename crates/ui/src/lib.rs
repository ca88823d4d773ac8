//! Layout, components, styles, scripts and translations that every page shares.
