using System.Threading.Channels;
using Crm.Engine;

namespace Crm.Silo.Workers;

/// <summary>Jobs that wait for this node's worker. What must outlive a crash is on the disk: the file itself, or a marker.</summary>
public sealed class ImportQueue(Uploads uploads) : IImportQueue
{
    private readonly Channel<Address> _jobs = Channel.CreateUnbounded<Address>(new() { SingleReader = true });

    /// <summary>Jobs as they come.</summary>
    public IAsyncEnumerable<Address> Jobs(CancellationToken cancel) => _jobs.Reader.ReadAllAsync(cancel);

    /// <summary>A file has arrived.</summary>
    public void Start(Address job) => _jobs.Writer.TryWrite(job);

    /// <inheritdoc />
    public void Add(Address job)
    {
        uploads.Mark(job);
        Start(job);
    }
}
