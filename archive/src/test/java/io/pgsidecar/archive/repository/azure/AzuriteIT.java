package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import io.pgsidecar.archive.repository.azure.AzureSettings.Tier;
import io.pgsidecar.archive.stores.AzuriteServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is special to Azure, against Azurite. */
class AzuriteIT {

    private static final AtomicInteger CONTAINERS = new AtomicInteger();
    private static final ObjectKey KEY = new ObjectKey("main/wals/segment");

    @TempDir
    private static Path home;

    private static AzuriteServer server;

    @TempDir
    private Path folder;

    private String name;
    private BlobContainerClient container;
    private ObjectStore store;

    @BeforeAll
    static void start() {
        server = AzuriteServer.create(home);
        server.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() {
        name = "azurite-" + CONTAINERS.incrementAndGet();
        container = server.createContainer(name);
        store = AzureStore.open(TestSettings.accountKey(server, name, folder));
    }

    @Test
    void ofTwoCreatorsThatSendBlocksAtOnceOneHasItsObjectWholeAndTheOtherIsToldSo() throws Exception {
        try (ObjectWriter first = store.newWriter(KEY, PutMode.CREATE);
                ObjectWriter second = store.newWriter(KEY, PutMode.CREATE)) {
            writeInTurn(first, second);
            first.commit();
            assertThatThrownBy(second::commit).isInstanceOf(ObjectExistsException.class);
        }
        assertThat(read(KEY)).hasSize(5 << 20).containsOnly(1);
    }

    @Test
    void ofTwoReplacersThatSendBlocksAtOnceTheSecondToCommitFailsAndMixesNothing() throws Exception {
        try (ObjectWriter first = store.newWriter(KEY, PutMode.REPLACE);
                ObjectWriter second = store.newWriter(KEY, PutMode.REPLACE)) {
            writeInTurn(first, second);
            first.commit();
            assertFails(Reason.UNAVAILABLE, second::commit).hasMessageContaining("somebody else stored");
        }
        assertThat(read(KEY)).hasSize(5 << 20).containsOnly(1);
    }

    @Test
    void aSmallObjectThatIsStoredMeanwhileTakesTheBlocksOfALargeOne() throws Exception {
        try (ObjectWriter large = store.newWriter(KEY, PutMode.REPLACE)) {
            large.stream().write(filled(5 << 20, 1));
            store.put(KEY, Content.of("small"), PutMode.CREATE);
            assertFails(Reason.UNAVAILABLE, large::commit);
        }
        assertThat(new String(read(KEY), StandardCharsets.US_ASCII)).isEqualTo("small");
    }

    @Test
    void blocksThatNobodyCommittedAreNoObjectAndInNobodysWay() throws Exception {
        ObjectWriter killed = store.newWriter(KEY, PutMode.CREATE);
        killed.stream().write(filled(5 << 20, 1));
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(keys(store)).isEmpty();
        assertThatThrownBy(() -> store.open(KEY, 0)).isInstanceOf(ObjectStoreException.class);
        for (int size : new int[] {0, 100, 5 << 20}) {
            killed.stream().write(filled(5 << 20, 1));
            store.put(KEY, Content.of(filled(size, 2)), PutMode.CREATE);
            assertThat(read(KEY)).isEqualTo(filled(size, 2));
            store.delete(List.of(KEY));
        }
    }

    @Test
    void anObjectOfSeveralPartsIsReadFromAnywhere() throws Exception {
        long seed = System.nanoTime();
        System.out.println("anObjectOfSeveralPartsIsReadFromAnywhere: seed " + seed);
        byte[] content = new byte[2 * AzureInput.PART + 12_345];
        new Random(seed).nextBytes(content);
        store.put(KEY, Content.of(content), PutMode.CREATE);
        assertThat(Arrays.equals(read(KEY), content)).isTrue();
        for (int offset : new int[] {
            1, AzureInput.PART - 1, AzureInput.PART, AzureInput.PART + 1, content.length - 1, content.length
        }) {
            try (InputStream in = store.open(KEY, offset)) {
                assertThat(Arrays.equals(in.readAllBytes(), Arrays.copyOfRange(content, offset, content.length)))
                        .as("from %d", offset)
                        .isTrue();
            }
        }
    }

    @Test
    void objectsOfExactlyOneOrTwoBlocksAreWhole() throws Exception {
        for (int size : new int[] {BlockPlan.FIRST_SIZE, 2 * BlockPlan.FIRST_SIZE, 2 * BlockPlan.FIRST_SIZE + 1}) {
            store.put(KEY, Content.of(filled(size, 3)), PutMode.REPLACE);
            assertThat(read(KEY)).hasSize(size).containsOnly(3);
        }
    }

    @Test
    void anObjectThatIsReplacedWhileItIsReadIsAnErrorAndNeverAMixture() throws Exception {
        store.put(KEY, Content.of(filled(3 * AzureInput.PART, 1)), PutMode.CREATE);
        try (InputStream in = store.open(KEY, 0)) {
            store.put(KEY, Content.of(filled(3 * AzureInput.PART, 2)), PutMode.REPLACE);
            assertThat(in.readNBytes(AzureInput.PART)).containsOnly(1);
            assertFails(Reason.UNAVAILABLE, in::read).hasMessageContaining("replaced");
        }
    }

    @Test
    void aMissingContainerProvesNothing() {
        ObjectStore nowhere = AzureStore.open(TestSettings.accountKey(server, "no-such-container", folder));
        Map<String, ThrowingCallable> operations = new LinkedHashMap<>();
        operations.put("stat", () -> nowhere.stat(KEY));
        operations.put("variants", () -> nowhere.variants(KEY, List.of(".zst")));
        operations.put("open", () -> nowhere.open(KEY, 0));
        operations.put("list", () -> keys(nowhere));
        operations.put("delete", () -> nowhere.delete(List.of(KEY)));
        operations.put("ensureDurable", () -> nowhere.ensureDurable(KEY));
        operations.put("create", () -> nowhere.put(KEY, Content.of("x"), PutMode.CREATE));
        operations.put("replace", () -> nowhere.put(KEY, Content.of("x"), PutMode.REPLACE));
        operations.put("blocks", () -> nowhere.put(KEY, Content.of(filled(5 << 20, 1)), PutMode.CREATE));
        operations.forEach((operation, call) -> assertFails(Reason.OTHER, call)
                .as(operation)
                .hasMessageContainingAll("no-such-container", "404 ContainerNotFound", "create the container"));
    }

    @Test
    void aServerThatGoesAwayIsUnavailableAndIsUsedAgainWhenItIsBack() throws Exception {
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        server.stop();
        try {
            assertFails(Reason.UNAVAILABLE, () -> store.stat(KEY));
            assertFails(Reason.UNAVAILABLE, () -> store.put(KEY, Content.of("y"), PutMode.CREATE));
        } finally {
            server.start();
        }
        assertThat(store.stat(KEY)).isPresent();
        assertThat(read(KEY)).hasSize(1);
    }

    @Test
    void aSignatureForTheContainerIsEnough() throws Exception {
        works(Credentials.sasToken(TestSettings.write(folder.resolve("sas"), sas("rcwdl"))));
        works(Credentials.sasToken(TestSettings.write(folder.resolve("sas"), "?" + sas("rcwdl"))));
    }

    @Test
    void withoutTheRightToDeleteAllButDeleteWorks() throws Exception {
        ObjectStore without = AzureStore.open(TestSettings.with(
                server, name, Credentials.sasToken(TestSettings.write(folder.resolve("sas"), sas("rcwl")))));
        without.put(KEY, Content.of(filled(5 << 20, 1)), PutMode.CREATE);
        assertThat(without.stat(KEY)).isPresent();
        assertThat(keys(without)).containsExactly(KEY.value());
        assertThatThrownBy(() -> without.put(KEY, Content.of("x"), PutMode.CREATE))
                .isInstanceOf(ObjectStoreException.class);
        assertFails(Reason.DENIED, () -> without.delete(List.of(KEY))).hasMessageNotContaining("sig=");
    }

    @Test
    void aConnectionStringIsEnough() throws Exception {
        String endpoints = "BlobEndpoint=" + server.endpoint() + ";";
        for (String string : List.of(
                "DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;%s"
                        .formatted(server.account(), server.accountKey(), endpoints),
                endpoints + "SharedAccessSignature=" + sas("rcwdl"))) {
            works(Credentials.connectionString(TestSettings.write(folder.resolve("string"), string)));
        }
    }

    @Test
    void aRotatedSecretIsPickedUp() throws Exception {
        Path file = TestSettings.write(folder.resolve("account.key"), "d3Jvbmc=");
        assertFails(Reason.DENIED, () -> store.stat(KEY))
                .hasMessageContainingAll("403 AuthorizationFailure")
                .hasMessageNotContaining("d3Jvbmc=");
        TestSettings.write(file, server.accountKey());
        assertThat(store.stat(KEY)).isEmpty();
        TestSettings.write(file, "not Base64!");
        assertFails(Reason.DENIED, () -> store.stat(KEY))
                .hasMessageContainingAll("accountKeyFile", file.toString(), "no account key")
                .hasMessageNotContaining("not Base64!");
        Files.delete(file);
        TestSettings.write(file, server.accountKey());
        assertThat(store.stat(KEY)).isEmpty();
    }

    @Test
    void aSecretIsPickedUpInTheMiddleOfAnUpload() throws Exception {
        Path file = TestSettings.write(folder.resolve("sas"), sas("rcwdl"));
        ObjectStore signed = AzureStore.open(TestSettings.with(server, name, Credentials.sasToken(file)));
        try (ObjectWriter writer = signed.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write(filled(5 << 20, 1));
            TestSettings.write(file, sas("r"));
            assertFails(Reason.DENIED, writer::commit);
        }
        assertThat(store.stat(KEY)).isEmpty();
    }

    @Test
    void whatIsNoSecretIsNamedAndNotShown() {
        for (Credentials wrong : List.of(
                Credentials.sasToken(TestSettings.write(folder.resolve("f"), "https://host/?sig=secret")),
                Credentials.sasToken(TestSettings.write(folder.resolve("g"), "sv=secret")),
                Credentials.connectionString(TestSettings.write(folder.resolve("h"), "AccountName=x;Key=secret")))) {
            assertFails(
                            Reason.DENIED,
                            () -> AzureStore.open(TestSettings.with(server, name, wrong))
                                    .stat(KEY))
                    .hasMessageContainingAll("File", folder.toString(), "it is like")
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void everythingLiesBelowThePrefixAndInTheTier() throws Exception {
        AzureSettings plain = TestSettings.accountKey(server, name, folder);
        ObjectStore below = AzureStore.open(new AzureSettings(
                plain.account(),
                plain.endpoint(),
                name,
                new ObjectKey("clusters/a"),
                plain.credentials(),
                Optional.of(Tier.COOL),
                plain.connection()));
        store.put(new ObjectKey("clusters/ab"), Content.of("x"), PutMode.CREATE);
        below.put(new ObjectKey("small"), Content.of("x"), PutMode.CREATE);
        below.put(new ObjectKey("sub/large"), Content.of(filled(5 << 20, 1)), PutMode.CREATE);
        assertThat(keys(below)).containsExactly("small", "sub/large");
        assertThat(keys(store)).containsExactly("clusters/a/small", "clusters/a/sub/large", "clusters/ab");
        assertThat(below.variants(new ObjectKey("sma"), List.of("", "ll", "x")))
                .extracting(ObjectInfo::key)
                .containsExactly(new ObjectKey("small"));
        for (String blob : List.of("clusters/a/small", "clusters/a/sub/large")) {
            assertThat(container.getBlobClient(blob).getProperties().getAccessTier())
                    .isEqualTo(AccessTier.COOL);
        }
        below.delete(List.of(new ObjectKey("small"), new ObjectKey("sub/large")));
        assertThat(keys(store)).containsExactly("clusters/ab");
    }

    @Test
    void aFolderOfAHierarchicalNamespaceIsNoObject() throws Exception {
        BinaryData empty = BinaryData.fromBytes(new byte[0]);
        container
                .getBlobClient("main/wals")
                .getBlockBlobClient()
                .uploadWithResponse(
                        new BlockBlobSimpleUploadOptions(empty).setMetadata(Map.of("hdi_isfolder", "true")),
                        null,
                        Context.NONE);
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        assertThat(keys(store)).containsExactly(KEY.value());
        ObjectKey wals = new ObjectKey("main/wals");
        assertThat(store.stat(wals)).isEmpty();
        assertThatThrownBy(() -> store.open(wals, 0)).isInstanceOf(ObjectNotFoundException.class);
    }

    private void works(Credentials credentials) throws Exception {
        ObjectStore opened = AzureStore.open(TestSettings.with(server, name, credentials));
        opened.put(KEY, Content.of("small"), PutMode.CREATE);
        opened.put(KEY, Content.of(filled(5 << 20, 7)), PutMode.REPLACE);
        assertThat(read(KEY)).hasSize(5 << 20);
        assertThat(keys(opened)).containsExactly(KEY.value());
        try (InputStream in = opened.open(KEY, 0)) {
            assertThat(in.readAllBytes()).hasSize(5 << 20).containsOnly(7);
        }
        opened.delete(List.of(KEY));
        assertThat(opened.stat(KEY)).isEmpty();
    }

    private String sas(String permissions) {
        return container.generateSas(new BlobServiceSasSignatureValues(
                OffsetDateTime.now(ZoneOffset.UTC).plusHours(1), BlobContainerSasPermission.parse(permissions)));
    }

    private byte[] read(ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            return in.readAllBytes();
        }
    }

    private static void writeInTurn(ObjectWriter first, ObjectWriter second) throws IOException {
        for (int i = 0; i < 5; i++) {
            first.stream().write(filled(1 << 20, 1));
            second.stream().write(filled(1 << 20, 2));
        }
    }

    private static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static List<String> keys(ObjectStore store) throws IOException {
        try (Stream<ObjectInfo> objects = store.list(ObjectKey.ROOT)) {
            return objects.map(o -> o.key().value()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertFails(
            Reason reason, ThrowingCallable operation) {
        return assertThatThrownBy(operation)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class,
                        e -> assertThat(e.reason()).as("%s", e).isEqualTo(reason));
    }
}
