use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MoneyError;

macro_rules! currencies {
    ($($(#[$doc:meta])+ $name:ident $code:literal $digits:literal, $symbols:expr, $words:expr;)+) => {
        /// A currency that the site takes, by its ISO 4217 code.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
        )]
        #[schema(example = "KRW")]
        pub enum Currency {$(
            $(#[$doc])+
            #[serde(rename = $code)]
            $name,
        )+}

        impl Currency {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The ISO 4217 code.
            pub const fn code(self) -> &'static str {
                match self {$(Self::$name => $code),+}
            }

            /// Decimals of an amount: how many digits its minor unit takes.
            pub const fn digits(self) -> u32 {
                match self {$(Self::$name => $digits),+}
            }

            /// Signs that stand before an amount; a longer one comes before
            /// one that ends it.
            pub(super) const fn symbols(self) -> &'static [&'static str] {
                match self {$(Self::$name => $symbols),+}
            }

            /// Words that stand after an amount.
            pub(super) const fn words(self) -> &'static [&'static str] {
                match self {$(Self::$name => $words),+}
            }
        }
    };
}

currencies! {
    /// South Korean won.
    Krw "KRW" 0, &["₩", "￦"], &["원"];
    /// US dollar.
    Usd "USD" 2, &["US$", "$"], &["달러"];
    /// Euro.
    Eur "EUR" 2, &["€"], &["유로", "€"];
    /// Japanese yen.
    Jpy "JPY" 0, &["JP¥", "¥", "￥"], &["엔", "円"];
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Reads the ISO 4217 code, in capitals.
impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let found = Self::ALL.iter().find(|currency| currency.code() == text);
        found.copied().ok_or(MoneyError::NotAnAmount)
    }
}
