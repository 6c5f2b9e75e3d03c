// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;

/// A tensor that is finished.
///
/// @param checksum of its bytes in the output, a [Checksum]
/// @param remarks what was noticed in it
record JournalEntry(String tensor, int checksum, ImmutableList<String> remarks) {}
