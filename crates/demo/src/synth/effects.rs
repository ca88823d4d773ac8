//! Reverb and echo.

use super::RATE;
use super::filter::Smooth;

/// Keeps feedback paths out of the range of denormal numbers, which processors
/// handle many times slower; 400 dB below full scale.
const FLOOR: f32 = 1e-20;

/// Lines of a feedback delay network, in frames: long, and without common
/// factors, so that their echoes do not line up.
const LINES: [usize; 8] = [1_361, 1_543, 1_789, 2_003, 2_237, 2_467, 2_689, 2_953];

/// A feedback delay network (Jot and Chaigne, 1991) with eight lines.
pub(super) struct Reverb {
    lines: [Vec<f32>; 8],
    at: [usize; 8],
    loss: [f32; 8],
    damp: f32,
    state: [f32; 8],
    diffusers: [Diffuser; 2],
    before: Smooth,
}

impl Reverb {
    /// Falls by 60 dB in `seconds`; what lies above `dark` hertz falls sooner.
    pub(super) fn new(seconds: f32, dark: f32) -> Self {
        Self {
            lines: LINES.map(|length| vec![0.0; length]),
            at: [0; 8],
            loss: LINES.map(|length| 10f32.powf(-3.0 * length as f32 / RATE / seconds)),
            damp: (-std::f32::consts::TAU * dark / RATE).exp(),
            state: [0.0; 8],
            diffusers: [Diffuser::new(331), Diffuser::new(113)],
            before: Smooth::new(9_000.0),
        }
    }

    /// Adds the reverberation of `send` to `left` and `right`.
    pub(super) fn run(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        for ((&input, left), right) in send.iter().zip(left).zip(right) {
            let mut input = self.before.next(input + FLOOR);
            for diffuser in &mut self.diffusers {
                input = diffuser.next(input);
            }
            let mut heads = [0.0; 8];
            for ((head, line), &at) in heads.iter_mut().zip(&self.lines).zip(&self.at) {
                *head = line[at];
            }
            *left += 0.5 * (heads[0] + heads[2] - heads[4] + heads[6]);
            *right += 0.5 * (heads[1] - heads[3] + heads[5] + heads[7]);
            for ((state, head), loss) in self.state.iter_mut().zip(heads).zip(self.loss) {
                let bright = head * loss;
                *state = bright + self.damp * (*state - bright);
            }
            let mixed = hadamard(self.state);
            for i in 0..8 {
                let at = self.at[i];
                self.lines[i][at] = mixed[i] + input;
                self.at[i] = if at + 1 == LINES[i] { 0 } else { at + 1 };
            }
        }
    }
}

/// Orthogonal mixing of eight values.
#[inline]
fn hadamard(mut v: [f32; 8]) -> [f32; 8] {
    for width in [1, 2, 4] {
        let mut mixed = [0.0; 8];
        for i in 0..8 {
            mixed[i] = if i & width == 0 {
                v[i] + v[i | width]
            } else {
                v[i & !width] - v[i]
            };
        }
        v = mixed;
    }
    v.map(|value| value * 0.353_553_39)
}

/// An all-pass that smears the input (Schroeder, 1962).
struct Diffuser {
    line: Vec<f32>,
    at: usize,
}

impl Diffuser {
    fn new(length: usize) -> Self {
        Self {
            line: vec![0.0; length],
            at: 0,
        }
    }

    #[inline]
    fn next(&mut self, input: f32) -> f32 {
        let old = self.line[self.at];
        let fresh = input + 0.6 * old;
        self.line[self.at] = fresh;
        self.at = if self.at + 1 == self.line.len() {
            0
        } else {
            self.at + 1
        };
        old - 0.6 * fresh
    }
}

/// An echo that swaps sides and loses brightness with every repeat.
pub(super) struct Echo {
    left: Vec<f32>,
    right: Vec<f32>,
    at: usize,
    dull: Smooth,
}

impl Echo {
    /// Repeats every `length` frames.
    pub(super) fn new(length: usize) -> Self {
        let length = length.max(1);
        Self {
            left: vec![0.0; length],
            right: vec![0.0; length],
            at: 0,
            dull: Smooth::new(2_600.0),
        }
    }

    /// Adds the echoes of `send` to both sides, and a little to the reverb.
    pub(super) fn run(
        &mut self,
        send: &[f32],
        left: &mut [f32],
        right: &mut [f32],
        reverb: &mut [f32],
    ) {
        for (i, &input) in send.iter().enumerate() {
            let (l, r) = (self.left[self.at], self.right[self.at]);
            left[i] += l;
            right[i] += r;
            reverb[i] += 0.15 * (l + r);
            self.left[self.at] = input + FLOOR + 0.42 * self.dull.next(r);
            self.right[self.at] = 0.85 * l;
            self.at = if self.at + 1 == self.left.len() {
                0
            } else {
                self.at + 1
            };
        }
    }
}
