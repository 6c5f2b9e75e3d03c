// SPDX-License-Identifier: Apache-2.0
module consumer {
  requires io.merge4j.hub;
  requires io.merge4j.safetensors;
}
