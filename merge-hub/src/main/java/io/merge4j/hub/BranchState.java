// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.hub.HubException.Reason;
import io.merge4j.hub.PlannedUpload.Item;
import java.util.List;

/// What a branch holds now.
///
/// @param head the commit, 40 hexadecimal digits; empty if the branch has none yet
record BranchState(String head, FileTree files) {

  static BranchState of(Destination destination) {
    HubContext hub = destination.hub();
    HubApi api = new HubApi(hub);
    RepoReference branch = new RepoReference(destination.repo(), destination.options().revision());
    try {
      RetryPolicy retry = hub.transport().retry();
      String head = api.commitOf(branch, retry);
      return new BranchState(head, api.tree(destination.repo(), head, retry));
    } catch (HubException e) {
      if (e.reason() == Reason.REVISION_NOT_FOUND) {
        return new BranchState("", new FileTree(ImmutableList.of(), ImmutableMap.of()));
      }
      throw e;
    }
  }

  /// Whether all files are there with that content.
  boolean holds(List<Item> items) {
    return items.stream()
        .allMatch(item ->
            files.find(item.file().path()).filter(at -> at.etag().equals(item.id())).isPresent());
  }
}
