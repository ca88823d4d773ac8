//! Lossless files of rendered tracks.

use flacenc::bitsink::ByteSink;
use flacenc::component::BitRepr;
use flacenc::config;
use flacenc::error::Verify;
use flacenc::source::MemSource;

use crate::synth::{Pcm, SAMPLE_RATE};

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot encode FLAC: {0}")]
pub struct EncodeError(String);

/// Encodes 16-bit stereo FLAC on the calling thread.
///
/// Uses fixed predictors only: a few per cent larger than linear prediction,
/// and several times as fast.
///
/// # Errors
/// When there are no samples, or more than the format can hold.
pub fn encode_flac(pcm: &Pcm) -> Result<Vec<u8>, EncodeError> {
    if pcm.samples.is_empty() {
        return Err(EncodeError("there is nothing to encode".to_owned()));
    }
    let mut settings = config::Encoder::default();
    settings.multithread = false;
    settings.subframe_coding.use_lpc = false;
    settings.subframe_coding.fixed.max_order = 2;
    settings.subframe_coding.fixed.order_sel = config::OrderSel::ApproxEnt { partitions: 4 };
    settings.stereo_coding.use_leftside = false;
    settings.stereo_coding.use_rightside = false;
    settings.stereo_coding.use_midside = false;
    let settings = settings
        .into_verified()
        .map_err(|(_, fault)| EncodeError(fault.to_string()))?;
    let samples: Vec<i32> = pcm
        .samples
        .iter()
        .map(|&sample| i32::from(sample))
        .collect();
    let source = MemSource::from_samples(&samples, 2, 16, SAMPLE_RATE as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&settings, source, settings.block_size)
        .map_err(|fault| EncodeError(fault.to_string()))?;
    // The smallest block must not count the last one (RFC 9639, section 8.2);
    // flacenc counts it, and strict readers then take the file for damaged.
    let block = settings.block_size;
    stream
        .stream_info_mut()
        .set_block_sizes(block, block)
        .map_err(|fault| EncodeError(fault.to_string()))?;
    let mut sink = ByteSink::new();
    stream
        .write(&mut sink)
        .map_err(|fault| EncodeError(fault.to_string()))?;
    Ok(sink.into_inner())
}
