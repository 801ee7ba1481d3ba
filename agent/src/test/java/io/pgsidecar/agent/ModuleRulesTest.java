package io.pgsidecar.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of the structure, as docs/architecture.md tells them. */
@AnalyzeClasses(packages = "io.pgsidecar", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleRulesTest {

    @ArchTest
    static final ArchRule archiveKnowsNoOtherModule = noClasses()
            .that()
            .resideInAPackage("io.pgsidecar.archive..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.pgsidecar.probes..", "io.pgsidecar.k8s..", "io.pgsidecar.agent..");

    @ArchTest
    static final ArchRule probesKnowsNoOtherModule = noClasses()
            .that()
            .resideInAPackage("io.pgsidecar.probes..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.pgsidecar.archive..", "io.pgsidecar.k8s..", "io.pgsidecar.agent..");

    @ArchTest
    static final ArchRule theContractKnowsNoBackEnd = noClasses()
            .that()
            .resideInAPackage("io.pgsidecar.archive.repository")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.pgsidecar.archive.repository.*..");

    @ArchTest
    static final ArchRule walKnowsNoBackEnd = noClasses()
            .that()
            .resideInAPackage("io.pgsidecar.archive.wal..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.pgsidecar.archive.repository.*..");

    @ArchTest
    static final ArchRule ofABackEndOnlyTheFactoryAndItsSettingsArePublic = classes()
            .that()
            .resideInAPackage("io.pgsidecar.archive.repository.*..")
            .and()
            .haveNameNotMatching(".*(Store|Settings(\\$.*)?)")
            .should()
            .notBePublic();

    @ArchTest
    static final ArchRule theShimStartsFast = noClasses()
            .that()
            .resideInAPackage("io.pgsidecar.agent.shim..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "picocli..", "com.fasterxml..", "org.slf4j..");

    @ArchTest
    static final ArchRule onlyMainsExit = noClasses()
            .that()
            .haveSimpleNameNotEndingWith("Main")
            .and()
            .doNotHaveSimpleName("WalShim")
            .should()
            .callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule namesSayWhatAThingIs =
            noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)(\\$.*)?");
}
