//! Audio files: recognise, decode, measure, transcode.
