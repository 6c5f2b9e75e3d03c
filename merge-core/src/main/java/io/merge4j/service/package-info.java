// SPDX-License-Identifier: Apache-2.0

/// How methods, formats and sources of models are found: [io.merge4j.service.Providers].
package io.merge4j.service;
