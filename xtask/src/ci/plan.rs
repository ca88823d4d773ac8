//! What a deployment has to do, from the stack's description, the release, and
//! what runs.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::artifacts::Release;
use super::catalogue::{image_of, without_digest};
use super::rollout::is;
use super::stack::Stack;
use super::swarm::Service;

/// A deployment that is to be done.
#[derive(Debug)]
pub struct Plan {
    /// Whether nothing of the stack runs yet.
    pub is_first: bool,
    /// Services that the stack describes and Swarm does not have.
    pub new: Vec<String>,
    /// For each service what it has, or what it begins with: for the stack's
    /// files, so that they change everything but images.
    pub images: BTreeMap<String, String>,
    /// The services that get another image, in order.
    pub updates: Vec<Replacement>,
}

/// A service that gets another image.
#[derive(Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its name within the stack.
    pub service: String,
    pub before: String,
    pub after: String,
}

impl Plan {
    /// # Errors
    /// When a service has to begin for which the release has no image.
    pub fn of(
        stack: &Stack,
        release: &Release,
        running: &BTreeMap<String, Service>,
    ) -> Result<Self> {
        let mut plan = Self {
            is_first: running.is_empty(),
            new: Vec::new(),
            images: BTreeMap::new(),
            updates: Vec::new(),
        };
        let mut lacking = Vec::new();
        for (service, described) in stack.services() {
            let ours = image_of(described);
            let built = release
                .images
                .iter()
                .find(|built| Some(built.image()) == ours)
                .map(|built| built.reference.as_str());
            let image = match running.get(service) {
                Some(now) => {
                    if let Some(after) = built.filter(|after| !is(now, after)) {
                        plan.updates.push(Replacement {
                            service: service.to_owned(),
                            before: without_digest(&now.image).to_owned(),
                            after: after.to_owned(),
                        });
                    }
                    // What is not ours is changed by the stack's files alone; where
                    // they say the same, its digest stays what it is.
                    if ours.is_none() && !is(now, described) {
                        described
                    } else {
                        &now.image
                    }
                }
                None => {
                    plan.new.push(service.to_owned());
                    match ours {
                        None => described,
                        Some(name) => {
                            let sibling = running
                                .values()
                                .find(|other| image_of(&other.image) == Some(name));
                            match built.or(sibling.map(|other| other.image.as_str())) {
                                Some(image) => image,
                                None => {
                                    lacking.push(name);
                                    continue;
                                }
                            }
                        }
                    }
                }
            };
            plan.images.insert(service.to_owned(), image.to_owned());
        }
        if !lacking.is_empty() {
            lacking.dedup();
            bail!(
                "the release has no image of {}, which does not run there yet; build and push \
                 everything first: cargo xtask ci changed --everything, then images and push",
                lacking.join(", ")
            );
        }
        Ok(plan)
    }
}
