package io.pgsidecar.archive.repository.azure;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.options.BlockBlobCommitBlockListOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.options.BlockBlobStageBlockOptions;
import io.pgsidecar.archive.repository.GuardedWriter;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a block blob. What fits into one block is one request, at the commit. More is sent block by block, and the
 * commit names the blocks. Blocks that are not committed are nobody's object; the service lets go of them after a week,
 * and there is no request to do it earlier, so a writer that is closed or killed has nothing to tidy up.
 *
 * <p>Each request carries its bytes' MD5, for more than broken networks: a block's memory is used for the next one, and
 * a request that was given up must not store what has come there since.
 *
 * <p>A blob also carries its writer's number. When the answer to a conditional create is lost, the next try finds the
 * blob; the number tells that it is this writer's own.
 */
final class AzureWriter extends GuardedWriter {

    /** Names in a blob's metadata must be identifiers. */
    private static final String WRITER = "pgsidecarwriter";

    private final AzureContainer container;
    private final ObjectKey key;
    private final PutMode mode;
    private final UUID number = UUID.randomUUID();
    private final BlockPlan plan = new BlockPlan(number);
    private final Block block = new Block();
    private int staged;

    AzureWriter(AzureContainer container, ObjectKey key, PutMode mode) {
        super(key.value());
        container.blobName(key); // Refuses the root.
        this.container = container;
        this.key = key;
        this.mode = mode;
    }

    @Override
    protected void publish() throws IOException {
        if (staged == 0) {
            commit(this::putWhole, false);
        } else {
            stage();
            commit(this::commitBlocks, true);
        }
    }

    /** What was staged the service lets go of. */
    @Override
    protected void release() {}

    private void putWhole() throws IOException {
        BlockBlobSimpleUploadOptions options = new BlockBlobSimpleUploadOptions(data())
                .setContentMd5(block.md5())
                .setMetadata(metadata())
                .setTier(tier())
                .setRequestConditions(conditions());
        container.ask(operation(), key, blob -> blob.uploadWithResponse(options, container.timeout(), Context.NONE));
    }

    /** Sends what is in the block; an error is the writer's end. */
    private void stage() throws IOException {
        if (block.size() == 0) {
            return;
        }
        if (staged == BlockPlan.MAX_BLOCKS) {
            throw new ObjectStoreException(
                    Reason.OTHER,
                    "%s is too large: an object in Azure may have at most %d bytes here"
                            .formatted(key, BlockPlan.maxObject()),
                    null);
        }
        BlockBlobStageBlockOptions options =
                new BlockBlobStageBlockOptions(plan.id(staged), data()).setContentMd5(block.md5());
        // A block has no condition: there is nothing to refuse before the commit.
        container.ask(
                Operation.REPLACE,
                key,
                blob -> blob.stageBlockWithResponse(options, container.timeout(), Context.NONE));
        staged++;
        block.clear();
    }

    private void commitBlocks() throws IOException {
        List<String> ids = IntStream.range(0, staged).mapToObj(plan::id).toList();
        BlockBlobCommitBlockListOptions options = new BlockBlobCommitBlockListOptions(ids)
                .setMetadata(metadata())
                .setTier(tier())
                .setRequestConditions(conditions());
        container.ask(
                operation(), key, blob -> blob.commitBlockListWithResponse(options, container.timeout(), Context.NONE));
    }

    @FunctionalInterface
    private interface Commit {
        void send() throws IOException;
    }

    /**
     * Sends the commit, and looks into an answer of "exists". It may be about this writer's own object, or about none:
     * Azurite says so to a conditional Put Blob where another writer, perhaps a killed one, has sent blocks, though not
     * to a list of blocks.
     */
    private void commit(Commit commit, boolean asBlocks) throws IOException {
        try {
            commit.send();
        } catch (ObjectExistsException e) {
            Optional<BlobProperties> found = found(e);
            if (found.isPresent()) {
                if (!number.toString().equals(found.get().getMetadata().get(WRITER))) {
                    throw e;
                }
            } else if (asBlocks) {
                throw new ObjectStoreException(
                        Reason.UNAVAILABLE,
                        "cannot write %s in %s: the service says that it exists, and then that it does not"
                                .formatted(key, container.describe()),
                        null);
            } else {
                stage();
                commit(this::commitBlocks, true);
            }
        }
    }

    private Optional<BlobProperties> found(ObjectExistsException refused) throws ObjectExistsException {
        try {
            return AzureObjectStore.properties(container, key);
        } catch (IOException unknown) {
            refused.addSuppressed(unknown); // A signature may lack the right to read.
            throw refused;
        }
    }

    /** Can be sent again as it is, and is not copied. */
    private BinaryData data() {
        return block.size() == 0 ? BinaryData.fromBytes(new byte[0]) : BinaryData.fromListByteBuffer(block.buffers());
    }

    private Map<String, String> metadata() {
        return Map.of(WRITER, number.toString());
    }

    private @Nullable AccessTier tier() {
        return container
                .accessTier()
                .map(tier -> switch (tier) {
                    case HOT -> AccessTier.HOT;
                    case COOL -> AccessTier.COOL;
                    case COLD -> AccessTier.COLD;
                })
                .orElse(null);
    }

    private @Nullable BlobRequestConditions conditions() {
        return mode == PutMode.CREATE ? new BlobRequestConditions().setIfNoneMatch("*") : null;
    }

    private Operation operation() {
        return mode == PutMode.CREATE ? Operation.CREATE : Operation.REPLACE;
    }

    @Override
    protected void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int room = BlockPlan.size(Math.min(staged, BlockPlan.MAX_BLOCKS - 1)) - block.size();
            if (room == 0) { // Only when there is more: an object of just one block is one request.
                stage();
                continue;
            }
            int n = Math.min(room, end - at);
            block.append(bytes, at, n);
            at += n;
        }
    }
}
