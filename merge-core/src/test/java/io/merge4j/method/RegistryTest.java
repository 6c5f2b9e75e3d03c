// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class RegistryTest {

  @Test
  void the_class_path_knows_the_methods_that_the_module_knows() throws URISyntaxException {
    Path classes =
        Path.of(MergeMethod.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    ModuleDescriptor module =
        ModuleFinder.of(classes).find("io.merge4j").orElseThrow().descriptor();

    List<String> provided =
        module.provides().stream()
            .filter(service -> service.service().equals(MergeMethod.class.getName()))
            .flatMap(service -> service.providers().stream())
            .toList();

    assertThat(ServiceLoader.load(MergeMethod.class).stream().map(p -> p.type().getName()))
        .containsExactlyInAnyOrderElementsOf(provided);
  }

  @Test
  void no_two_methods_share_a_name() {
    assertThat(Methods.all()).hasSize((int) ServiceLoader.load(MergeMethod.class).stream().count());
  }
}
