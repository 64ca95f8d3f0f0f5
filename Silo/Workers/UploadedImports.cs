using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Crm.Engine;
using Crm.Imports;

namespace Crm.Silo.Workers;

/// <inheritdoc />
public sealed class UploadedImports(ImportServices services, Uploads uploads, ImportQueue queue, UploadOptions options) : IImports
{
    /// <inheritdoc />
    public long MaxBytes => options.MaxBytes;

    /// <inheritdoc />
    public async Task<ImportAnswer> Begin(Caller caller, ImportOrder order, Stream file, CancellationToken cancel = default)
    {
        if (!caller.Can("contacts.import"))
        {
            return Refused("", "access.denied", "You may not do this. Ask an administrator for the permission.");
        }

        var job = new Address(caller.Tenant, ImportJob.KindName, CommandIds.Derive("import job", caller.Tenant, caller.User, order.CommandId.ToString()).ToString());
        await using var received = uploads.Receive(caller.Tenant);
        try
        {
            if (await Store(file, received, order, cancel) is not { } hash)
            {
                return Refused("file", "body.large", $"The file may have at most {options.MaxBytes} bytes.");
            }

            if (await services.Records.Read(job, Caller.System(caller.Tenant), cancel) is { } earlier)
            {
                return Values.Text(earlier.Fields, "hash") == hash
                    ? new(earlier, [])
                    : Refused("", "command.reused", "This idempotency key was used for another file. Take a new one.");
            }

            var own = await services.Catalog.Custom(caller.Tenant, "contacts");
            var (plan, problems) = await ImportPlan.Of(received, order, caller, own, cancel);
            return plan is null ? new(null, problems) : await Start(job, plan with { Hash = hash }, caller, received.Name);
        }
        finally
        {
            File.Delete(received.Name); // Unless it was kept, under another name.
        }
    }

    /// <inheritdoc />
    public async Task<Stream?> Failures(Caller caller, string job, CancellationToken cancel = default)
    {
        var at = new Address(caller.Tenant, ImportJob.KindName, job);
        return Address.IsId(job) && await services.Records.Read(at, caller, cancel) is not null ? uploads.OpenFailures(at) : null;
    }

    private async Task<ImportAnswer> Start(Address job, ImportJob plan, Caller caller, string received)
    {
        uploads.Keep(received, job); // Before the record: a job without its file could not run.
        var actor = Caller.System(caller.Tenant) with { User = caller.User };
        var outcome = await services.Records.Do(job, actor, CommandIds.Derive("begin", job.ToString(), plan.Hash!), Imports.Begin.Name, Json.Element(new Begin(plan)));
        if (outcome.Status == Status.Rejected)
        {
            uploads.Remove(job);
            return new(null, outcome.Errors);
        }

        queue.Start(job);
        return new(await services.Records.Read(job, actor), []);
    }

    // Null when it is too long.
    private async Task<string?> Store(Stream file, FileStream to, ImportOrder order, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{order.DryRun}\n{order.OnDuplicate}\n{(order.Mapping.ValueKind == default ? "" : order.Mapping.GetRawText())}\n"));
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            for (long length = 0; ;)
            {
                var read = await file.ReadAsync(buffer, cancel);
                if (read == 0)
                {
                    await to.FlushAsync(cancel);
                    return Convert.ToHexStringLower(hash.GetHashAndReset());
                }

                length += read;
                if (length > options.MaxBytes)
                {
                    return null;
                }

                hash.AppendData(buffer.AsSpan(0, read));
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ImportAnswer Refused(string field, string code, string text) => new(null, [new(field, code, text)]);
}
