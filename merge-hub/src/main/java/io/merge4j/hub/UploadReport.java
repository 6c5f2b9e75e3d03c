// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.net.URI;

/// What an upload has changed.
///
/// @param page address of the repository, or of the pull request
/// @param commit the new commit; empty if everything was there already
/// @param committed paths of the files that are new or changed
/// @param unchanged number of files that were there already
/// @param transferred bytes of large files that had to be sent; less than their sizes if the Hub
///   had the content
public record UploadReport(
    URI page, String commit, ImmutableList<String> committed, int unchanged, long transferred) {}
