//! The formats that are accepted, and the names the rest of the world has for them.

/// The container a stream is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// Native FLAC (RFC 9639).
    Flac,
    /// RIFF WAVE.
    Wav,
    /// AIFF or AIFF-C.
    Aiff,
    /// A bare MPEG audio stream, with or without ID3 tags around it.
    Mpeg,
    /// AAC frames with ADTS headers (ISO/IEC 14496-3).
    Adts,
    /// MP4 as used for audio (ISO/IEC 14496-12), usually named `.m4a`.
    Mp4,
    /// Ogg (RFC 3533).
    Ogg,
}

/// How the samples are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Free Lossless Audio Codec.
    Flac,
    /// Plain samples, integer or floating point.
    Pcm,
    /// MPEG-1/2/2.5 layer III.
    Mp3,
    /// Advanced Audio Coding, any profile.
    Aac,
    /// Apple Lossless.
    Alac,
    /// Vorbis I.
    Vorbis,
    /// Opus (RFC 6716).
    Opus,
}

/// What a file is, judged by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// The container.
    pub container: Container,
    /// The codec inside.
    pub codec: Codec,
}

impl Format {
    /// The media type to serve the file with, without parameters, e.g. `audio/ogg`.
    pub fn mime(&self) -> &'static str {
        match self.container {
            Container::Flac => "audio/flac",
            Container::Wav => "audio/wav",
            Container::Aiff => "audio/aiff",
            Container::Mpeg => "audio/mpeg",
            Container::Adts => "audio/aac",
            Container::Mp4 => "audio/mp4",
            Container::Ogg => "audio/ogg",
        }
    }

    /// The media type with its `codecs` parameter (RFC 6381) where a browser needs it to decide
    /// whether it can play, e.g. `audio/ogg; codecs=opus`.
    pub fn mime_with_codec(&self) -> &'static str {
        match (self.container, self.codec) {
            (Container::Ogg, Codec::Opus) => "audio/ogg; codecs=opus",
            (Container::Ogg, _) => "audio/ogg; codecs=vorbis",
            (Container::Mp4, Codec::Alac) => "audio/mp4; codecs=alac",
            (Container::Mp4, _) => "audio/mp4; codecs=mp4a.40.2",
            _ => self.mime(),
        }
    }

    /// The conventional file name extension, without the dot.
    pub fn extension(&self) -> &'static str {
        match (self.container, self.codec) {
            (Container::Flac, _) => "flac",
            (Container::Wav, _) => "wav",
            (Container::Aiff, _) => "aiff",
            (Container::Mpeg, _) => "mp3",
            (Container::Adts, _) => "aac",
            (Container::Mp4, _) => "m4a",
            (Container::Ogg, Codec::Opus) => "opus",
            (Container::Ogg, _) => "ogg",
        }
    }

    /// The name people know, e.g. `Apple Lossless (M4A)`.
    pub fn name(&self) -> &'static str {
        match (self.container, self.codec) {
            (Container::Flac, _) => "FLAC",
            (Container::Wav, _) => "WAV",
            (Container::Aiff, _) => "AIFF",
            (Container::Mpeg, _) => "MP3",
            (Container::Adts, _) => "AAC",
            (Container::Mp4, Codec::Alac) => "Apple Lossless (M4A)",
            (Container::Mp4, _) => "AAC (M4A)",
            (Container::Ogg, Codec::Opus) => "Opus",
            (Container::Ogg, _) => "Ogg Vorbis",
        }
    }

    /// Whether the coding keeps every sample.
    pub fn lossless(&self) -> bool {
        matches!(self.codec, Codec::Flac | Codec::Pcm | Codec::Alac)
    }

    /// The name of ffmpeg's demuxer. It is always given, so that ffmpeg never guesses a format
    /// by itself (a play list that names other files, for one).
    pub(crate) fn demuxer(&self) -> &'static str {
        match self.container {
            Container::Flac => "flac",
            Container::Wav => "wav",
            Container::Aiff => "aiff",
            Container::Mpeg => "mp3",
            Container::Adts => "aac",
            Container::Mp4 => "mov",
            Container::Ogg => "ogg",
        }
    }
}
