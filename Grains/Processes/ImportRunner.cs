using System.Text.Json;
using Crm.Contacts.Csv;
using Crm.Imports;

namespace Crm.Engine;

/// <summary>Where uploaded files wait for their import.</summary>
public interface IUploads
{
    /// <summary>The file of a job, for reading; null when it is not there.</summary>
    Stream? Open(Address job);

    /// <summary>Where the failed rows of a job go. Those up to <paramref name="line"/> that are there already stay.</summary>
    IFailures Failures(Address job, IReadOnlyList<string> columns, long line);

    /// <summary>The file is not needed any more.</summary>
    void Remove(Address job);
}

/// <summary>The failed rows of a job, one after the other.</summary>
public interface IFailures : IDisposable
{
    /// <summary>Adds a row.</summary>
    void Add(FailedRow row);

    /// <summary>What was added so far is kept.</summary>
    void Flush();
}

/// <summary>All that running an import needs of the world.</summary>
/// <param name="Records">The host itself: inner verbs are open on it.</param>
/// <param name="Callers">What a user (tenant, id) may do now; null when he may not sign in.</param>
public sealed record ImportServices(
    IRecords Records, ILookup Lookup, ILists Lists, ICatalog Catalog, IUploads Uploads, Func<string, string, Task<Caller?>> Callers, TimeProvider Time);

/// <summary>Runs an import job from where it stands to its end, and keeps the job's record current.</summary>
public sealed class ImportRunner(ImportServices services)
{
    /// <summary>How often the job's record is brought up to date.</summary>
    public static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(450);

    private const string NotAllowed = "Who started this import may not import contacts any more.";
    private const int ErrorsWhileRunning = 50;
    private const int UsersPage = 200;

    /// <summary>Runs until the job is over. May be called again after a fault or a crash: what is done is done once.</summary>
    public async Task Run(Address at, CancellationToken cancel)
    {
        if (await services.Records.Read(at, Caller.System(at.Tenant), cancel) is not { } view)
        {
            services.Uploads.Remove(at);
            return;
        }

        var job = Json.Unflatten<ImportJob>(view.Fields);
        if (job.State == ImportState.Running)
        {
            await Import(new(at, view.Version, services), job, cancel);
        }
        else if (job.State == ImportState.Reverting)
        {
            await new ImportReverter(services).Run(new(at, view.Version, services), job, cancel);
        }

        services.Uploads.Remove(at);
    }

    /// <summary>Ends a job that cannot go on.</summary>
    public async Task Fail(Address at, string reason)
    {
        if (await services.Records.Read(at, Caller.System(at.Tenant)) is { } view)
        {
            var job = Json.Unflatten<ImportJob>(view.Fields);
            await new JobReport(at, view.Version, services).Send(job.State, new { state = ImportState.Failed, reason });
        }
    }

    private async Task Import(JobReport report, ImportJob job, CancellationToken cancel)
    {
        if (await Allowed(report.At.Tenant, job.Owner!) is not { } caller)
        {
            await report.Send(job.State, new { state = ImportState.Failed, reason = NotAllowed });
            return;
        }

        await using var file = services.Uploads.Open(report.At);
        if (file is null)
        {
            await report.Send(job.State, new { state = ImportState.Failed, reason = "The uploaded file is not there any more. Upload it again." });
            return;
        }

        var form = await CsvForm.Detect(file, cancel);
        var (total, shortRows) = Count(file, form);
        form = form.With(total, shortRows);
        if (await report.Send(ImportState.Running, new { total }))
        {
            file.Position = 0;
            using var rows = new CsvRows(form.Open(file), form);
            await Bring(report, job, caller, rows, cancel);
        }
    }

    private async Task Bring(JobReport report, ImportJob job, Caller caller, CsvRows rows, CancellationToken cancel)
    {
        using var failures = services.Uploads.Failures(report.At, rows.Columns, job.Line);
        var own = await services.Catalog.Custom(report.At.Tenant, Crm.Contacts.Contact.KindName);
        var reader = new RowReader(rows.Columns, job.Mapping!, own, new(caller, services.Time.GetUtcNow()), await Users(job, report.At.Tenant));
        var tally = Tally(job);
        var run = new ImportRun(report.At, job, caller, services.Records, services.Lookup, services.Time);
        var last = services.Time.GetTimestamp();
        var ended = await run.Run(rows.Rows().SkipWhile(row => row.Line <= job.Line), reader, tally, Went, failures.Add, cancel);
        failures.Flush();
        if (ended)
        {
            await report.Send(ImportState.Running, News(tally, ImportJob.MaxErrors, ImportState.Done, job.DryRun));
        }

        async Task<bool> Went(ImportTally done)
        {
            if (services.Time.GetElapsedTime(last) < ReportEvery)
            {
                return true;
            }

            last = services.Time.GetTimestamp();
            failures.Flush();
            if (await Allowed(report.At.Tenant, job.Owner!) is not { } still)
            {
                await report.Send(job.State, new { state = ImportState.Failed, reason = NotAllowed });
                return false;
            }

            run.Caller = still;
            return await report.Send(ImportState.Running, News(done, ErrorsWhileRunning));
        }
    }

    private async Task<Caller?> Allowed(string tenant, string user) =>
        await services.Callers(tenant, user) is { } caller && caller.Can("contacts.import") ? caller : null;

    private static (long Rows, long Short) Count(Stream file, CsvForm form)
    {
        file.Position = 0;
        using var text = form.Open(new Unclosed(file));
        using var rows = new CsvRows(text, form);
        return (rows.Rows().LongCount(), rows.ShortRows);
    }

    private static ImportTally Tally(ImportJob job)
    {
        var tally = new ImportTally { Done = job.Done, Created = job.Created, Merged = job.Merged, Skipped = job.Skipped, Failed = job.Failed, Line = job.Line };
        tally.Errors.AddRange(job.Errors ?? []);
        tally.Warnings.AddRange(job.Warnings ?? []);
        return tally;
    }

    private static Dictionary<string, object?> News(ImportTally tally, int errors, ImportState? state = null, bool previews = false)
    {
        var news = new Dictionary<string, object?>
        {
            ["done"] = tally.Done, ["created"] = tally.Created, ["merged"] = tally.Merged, ["skipped"] = tally.Skipped, ["failed"] = tally.Failed, ["line"] = tally.Line,
        };
        if (tally.Errors.Count > 0)
        {
            news["errors"] = tally.Errors.Take(errors).ToList();
        }

        if (tally.Warnings.Count > 0)
        {
            news["warnings"] = tally.Warnings;
        }

        if (previews)
        {
            news["preview"] = tally.Previews;
        }

        if (state is { } ended)
        {
            news["state"] = ended;
        }

        return news;
    }

    // Whom a cell of the owner column names: by id, by e-mail address, by name.
    private async Task<Func<string, string?>> Users(ImportJob job, string tenant)
    {
        var known = new Dictionary<string, string>();
        if (!job.Mapping!.Values.Contains("owner"))
        {
            return _ => null;
        }

        string? cursor = null;
        do
        {
            var page = (await services.Lists.Find(Caller.System(tenant), "users", new(null, default, null, UsersPage, cursor))).Page;
            foreach (var user in page?.Items ?? [])
            {
                known.TryAdd(Fold.Text(user.Id), user.Id);
                foreach (var name in new[] { Values.Text(user.Fields, "email"), Values.Text(user.Fields, "name") }.OfType<string>())
                {
                    known.TryAdd(Fold.Text(name), user.Id);
                }
            }

            cursor = page?.Next;
        }
        while (cursor is not null);
        return cell => known.GetValueOrDefault(Fold.Text(cell.Trim()));
    }
}

/// <summary>Keeps a job's record current.</summary>
public sealed class JobReport(Address at, long version, ImportServices services)
{
    private long _version = version;

    /// <summary>The job.</summary>
    public Address At { get; } = at;

    /// <summary>Writes what is new.</summary>
    /// <param name="state">The state in which the news makes sense.</param>
    /// <returns>False when the job is in another state by now, or gone: then the work ends.</returns>
    public async Task<bool> Send(ImportState state, object news)
    {
        var body = Json.Element(new { @while = state, news });
        var id = CommandIds.Derive("import report", At.ToString(), _version.ToString(), body.GetRawText());
        var outcome = await services.Records.Do(At, Caller.System(At.Tenant), id, Report.Name, body);
        _version = Math.Max(_version + 1, outcome.Version);
        return outcome.Status != Status.Rejected;
    }
}

/// <summary>Lets a reader be closed without the stream below it.</summary>
internal sealed class Unclosed(Stream inner) : Stream
{
    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => false;

    /// <inheritdoc />
    public override long Length => inner.Length;

    /// <inheritdoc />
    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    /// <inheritdoc />
    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    /// <inheritdoc />
    public override void Flush() => inner.Flush();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
