//! Keys whose value is one word of a fixed set.

/// Declares an enum with one variant for each word that a key accepts, and implements `Setting` for it.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $expected:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The word for this variant in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl $crate::config::value::Setting for $name {
            const EXPECTED: &'static str = $expected;

            fn read(node: &$crate::config::written::Node) -> Result<Self, Vec<$crate::config::value::Wrong>> {
                $crate::config::value::from_text(node, |text| match text {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                })
            }

            fn show(&self) -> String {
                $crate::config::value::quoted(self.as_str())
            }
        }
    };
}

pub(super) use choice;
