//! An upload that stopped on its way.

/// An upload of which something is missing, or of which no track was made yet.
#[derive(Debug, Clone, Default)]
pub struct UnfinishedUpload {
    /// Its id.
    pub id: String,
    /// The file's name, as whoever sent it has it.
    pub name: String,
    /// Bytes that it will have.
    pub size: u64,
    /// Bytes that arrived.
    pub received: u64,
}

impl UnfinishedUpload {
    /// How much arrived, rounded down: 100 is all of it.
    pub fn percent(&self) -> u64 {
        match self.size {
            0 => 100,
            size => {
                u64::try_from(u128::from(self.received) * 100 / u128::from(size)).unwrap_or(100)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_it_is_a_hundred_percent() {
        let percent = |received, size| {
            let upload = UnfinishedUpload {
                received,
                size,
                ..Default::default()
            };
            upload.percent()
        };
        assert_eq!(percent(0, 3), 0);
        assert_eq!(percent(1999, 2000), 99);
        assert_eq!(percent(u64::MAX, u64::MAX), 100);
        assert_eq!(percent(0, 0), 100);
    }
}
