pub fn tag_download() {}
