using System.Text;
using Crm.Contacts.Csv;
using Crm.Engine;

namespace Crm.Silo.Workers;

/// <summary>Where uploaded files wait.</summary>
/// <param name="Folder">Made when it is missing, readable by this user alone: the files hold personal data.</param>
/// <param name="MaxBytes">Longest file.</param>
public sealed record UploadOptions(string Folder, long MaxBytes = 200L << 20);

/// <summary>Uploaded files, a folder for each tenant: <c>ID.csv</c> until the import is over, <c>ID.errors.csv</c> for its failed rows, <c>ID.revert</c> while it is taken back.</summary>
public sealed class Uploads(UploadOptions options) : IUploads
{
    private const string File = ".csv";
    private const string Marker = ".revert";
    private const string Failed = ".errors.csv";

    /// <summary>Jobs that were not over when this node ended.</summary>
    public IEnumerable<Address> Unfinished() => !Directory.Exists(options.Folder) ? [] : Directory.EnumerateDirectories(options.Folder)
        .SelectMany(tenant => Directory.EnumerateFiles(tenant)
            .Select(Path.GetFileName).OfType<string>()
            .Where(name => (name.EndsWith(File, StringComparison.Ordinal) && !name.EndsWith(Failed, StringComparison.Ordinal)) || name.EndsWith(Marker, StringComparison.Ordinal))
            .Select(name => name[..name.IndexOf('.', StringComparison.Ordinal)])
            .Where(Address.IsId)
            .Select(id => new Address(Path.GetFileName(tenant), Imports.ImportJob.KindName, id)))
        .Distinct();

    /// <summary>A new file to write an upload to; it is the job's once <see cref="Keep"/> says so.</summary>
    public FileStream Receive(string tenant)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, tenant));
        if (!OperatingSystem.IsWindows())
        {
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        return new(Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.part"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous, BufferSize = 128 * 1024,
        });
    }

    /// <summary>Gives a received file to its job.</summary>
    public void Keep(string received, Address job) => System.IO.File.Move(received, PathOf(job, File), overwrite: true);

    /// <summary>Remembers across a crash that a job shall be taken back.</summary>
    public void Mark(Address job)
    {
        Directory.CreateDirectory(Path.Combine(options.Folder, job.Tenant));
        System.IO.File.WriteAllBytes(PathOf(job, Marker), []);
    }

    /// <inheritdoc />
    public Stream? Open(Address job) => Open(PathOf(job, File));

    /// <summary>The failed rows as they were kept; null when there are none.</summary>
    public Stream? OpenFailures(Address job) => Open(PathOf(job, Failed));

    /// <inheritdoc />
    public IFailures Failures(Address job, IReadOnlyList<string> columns, long line) => new FailureFile(PathOf(job, Failed), columns, line);

    /// <inheritdoc />
    public void Remove(Address job)
    {
        System.IO.File.Delete(PathOf(job, File));
        System.IO.File.Delete(PathOf(job, Marker));
    }

    private static FileStream? Open(string path) => !System.IO.File.Exists(path) ? null : new(path, new FileStreamOptions
    {
        Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.SequentialScan, BufferSize = 128 * 1024,
    });

    private string PathOf(Address job, string suffix) => Path.Combine(options.Folder, job.Tenant, job.Id + suffix);

    /// <summary>Failed rows as CSV that can be mended and imported again: what is wrong stands in two columns before those of the file.</summary>
    private sealed class FailureFile : IFailures
    {
        private readonly string _path;
        private readonly IReadOnlyList<string> _columns;
        private StreamWriter? _writer;

        public FailureFile(string path, IReadOnlyList<string> columns, long line)
        {
            (_path, _columns) = (path, columns);
            if (System.IO.File.Exists(path))
            {
                KeepUntil(line);
            }
        }

        public void Add(FailedRow row) => Write(
            [row.Row.Line.ToString(), string.Join(" ", row.Problems.Select(problem => problem.Field.Length > 0 ? $"{problem.Field}: {problem.Text}" : problem.Text)), .. row.Row.Cells]);

        public void Flush() => _writer?.Flush();

        public void Dispose() => _writer?.Dispose();

        private void Write(IEnumerable<string> cells)
        {
            if (_writer is null)
            {
                _writer = new(_path, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
                if (_writer.BaseStream.Length == 0)
                {
                    Write(["line", "problem", .. _columns]);
                }
            }

            _writer.Write(string.Join(',', cells.Select(cell => Safe.Quoted(Safe.Cell(cell), ','))));
            _writer.Write("\r\n");
        }

        // Rows that were not counted before a crash come again.
        private void KeepUntil(long line)
        {
            List<IReadOnlyList<string>> kept;
            using (var rows = new CsvRows(new StreamReader(_path), new(Encoding.UTF8, ',', Ragged: true)))
            {
                kept = [.. rows.Rows().Where(row => row.Problem is null && long.TryParse(row.Cells[0], out var at) && at <= line).Select(row => row.Cells)];
            }

            System.IO.File.Delete(_path);
            foreach (var row in kept)
            {
                Write(row);
            }
        }
    }
}
