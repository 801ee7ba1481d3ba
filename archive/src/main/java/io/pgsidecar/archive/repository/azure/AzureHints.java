package io.pgsidecar.archive.repository.azure;

/** What to do about an answer of the service, in a few words. */
final class AzureHints {

    private AzureHints() {}

    /** Begins with "; "; empty if there is nothing to say. */
    static String hint(int status, String code) {
        String hint = forCode(code);
        if (hint.isEmpty()) {
            hint = forStatus(status, code);
        }
        return hint.isEmpty() ? "" : "; " + hint;
    }

    private static String forCode(String code) {
        return switch (code) {
            case "AuthenticationFailed" ->
                "check the key or signature, its expiry, and this machine's clock (15 minutes off are too many)";
            case "AuthorizationPermissionMismatch" ->
                "the signature or role lacks a permission for this; the docs list what is needed";
            case "AuthorizationFailure" ->
                "the account's network rules may keep this machine out, or the signature lacks a permission";
            case "AuthorizationSourceIPMismatch" -> "the signature is for other IP addresses";
            case "AuthorizationProtocolMismatch", "AccountRequiresHttps" -> "only https is allowed";
            case "KeyBasedAuthenticationNotPermitted" -> "the account allows no keys: configure identity";
            case "InvalidAuthenticationInfo", "NoAuthenticationInformation" ->
                "the service does not accept this kind of credentials";
            case "ContainerNotFound" -> "create the container, or correct its name";
            case "ContainerBeingDeleted" -> "somebody has deleted the container";
            case "BlobArchived", "BlobBeingRehydrated" ->
                "the blob is in the archive tier: rehydrate it to hot or cool, and keep life-cycle rules off it";
            case "BlobImmutableDueToPolicy" -> "an immutability policy or a legal hold protects the blob";
            case "SnapshotsPresent" -> "the blob has snapshots: delete these first";
            case "LeaseIdMissing" -> "somebody holds a lease on the blob: break it";
            case "InvalidBlockList" ->
                "somebody else stored the same object meanwhile, and the service let go of this one's blocks";
            case "RequestEntityTooLargeBlockCountExceedsLimit", "BlockCountExceedsLimit" ->
                "aborted uploads of this object have left too many blocks; they expire after a week";
            case "ConditionNotMet" -> "the object was replaced meanwhile";
            case "Md5Mismatch" -> "the content was damaged on its way";
            case "InvalidHeaderValue", "FeatureVersionMismatch" -> "the service may be too old";
            default -> "";
        };
    }

    private static String forStatus(int status, String code) {
        if (code.isEmpty() && status >= 400 && status < 500) {
            return "it may come from a proxy: check the endpoint and the proxy; this proves nothing about the object";
        }
        return "";
    }
}
