//! Native FLAC (RFC 9639): the metadata blocks in front of the frames.

use super::{Source, Survey, before_trailing_tags};
use crate::view::Span;
use crate::{AudioError, Format};

/// Skips everything but STREAMINFO, so that pictures and comments of any size cost nothing.
pub(super) fn survey(
    source: &mut Source<'_>,
    start: u64,
    format: Format,
) -> Result<Survey, AudioError> {
    let mut pos = start + 4;
    let mut info: Option<[u8; 34]> = None;
    loop {
        let Some(head) = source.array::<4>(pos)? else {
            return Err(AudioError::truncated("the FLAC header is incomplete"));
        };
        let len = u64::from(u32::from_be_bytes([0, head[1], head[2], head[3]]));
        if info.is_none() {
            if head[0] & 0x7f != 0 || len != 34 {
                return Err(AudioError::corrupt(
                    "the FLAC stream information is missing",
                ));
            }
            info = source.array::<34>(pos + 4)?;
        }
        pos += 4 + len;
        if head[0] & 0x80 != 0 {
            break;
        }
    }
    let Some(mut info) = info else {
        return Err(AudioError::truncated("the FLAC header is incomplete"));
    };
    let end = before_trailing_tags(source)?;
    if pos >= end {
        return Err(AudioError::truncated(
            "there is no audio behind the FLAC header",
        ));
    }
    settle_block_sizes(&mut info, source.array::<2>(pos)?.unwrap_or_default());
    let mut prefix = b"fLaC\x80\0\0\x22".to_vec();
    prefix.extend_from_slice(&info);
    let mut survey = Survey::new(
        format,
        Span {
            prefix,
            start: pos,
            end,
        },
    );

    // STREAMINFO: 20 bits rate, 3 bits channels - 1, 5 bits depth - 1, 36 bits total samples.
    let packed = u64::from_be_bytes([
        info[10], info[11], info[12], info[13], info[14], info[15], info[16], info[17],
    ]);
    survey.rate = u32::try_from(packed >> 44).ok();
    survey.channels = Some((packed >> 41 & 0x7) as u32 + 1);
    survey.bits = Some((packed >> 36 & 0x1f) as u32 + 1);
    survey.frames = Some(packed & 0xf_ffff_ffff).filter(|frames| *frames > 0);
    Ok(survey)
}

/// Makes the smallest block size in STREAMINFO agree with what the first frame says of all frames.
///
/// In a stream of fixed blocks it equals the largest: the last block does not count (RFC 9639,
/// section 8.2). Some encoders count it all the same, and strict decoders then take every frame
/// for damaged.
fn settle_block_sizes(info: &mut [u8; 34], frame: [u8; 2]) {
    let fixed = match frame {
        [0xff, 0xf8] => true,
        [0xff, 0xf9] => false,
        _ => return,
    };
    let (least, most) = (
        u16::from_be_bytes([info[0], info[1]]),
        u16::from_be_bytes([info[2], info[3]]),
    );
    let settled = match (fixed, least == most) {
        (true, false) => most,
        // The least the format allows.
        (false, true) if most > 16 => 16,
        _ => return,
    };
    info[..2].copy_from_slice(&settled.to_be_bytes());
}
