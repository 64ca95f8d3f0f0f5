using Crm.Silo.Postgres;

namespace Crm.Tests;

/// <summary>The scripts of deploy/postgres on a real server: what is archived can be restored, to its end and to a moment before.</summary>
public sealed class RestoreDrillTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-drill-").FullName;

    private string Sockets => Path.Combine(_folder, "s");

    private string Archive => Path.Combine(_folder, "archive");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [RunsWhere("initdb", "pg_ctl", "psql", "pg_basebackup", "pg_verifybackup", "pg_archivecleanup", "setpriv")]
    public async Task What_was_written_after_the_backup_is_there_after_the_restore_and_a_missing_change_is_noticed()
    {
        await Prepare();
        await Do("""initdb --pgdata "$0/data" --username crm --auth trust""");
        await Do("""pg_ctl --pgdata "$0/data" --wait --log "$0/log" --options "-c listen_addresses= -c unix_socket_directories=$0/s -c wal_level=replica -c archive_mode=on -c 'archive_command=$0/scripts/archive.sh %p %f'" start""");
        try
        {
            await Do("createdb --host \"$0/s\" --username crm crm");
            await Migrations.Apply($"Host={Sockets};Username=crm;Database=crm;Pooling=false", Migrations.Embedded);
            await Sql("INSERT INTO tenants VALUES ('acme', 'Acme')");
            await Write("before", 2);
            (await Do("PGHOST=\"$0/s\" PGUSER=crm \"$0/scripts/backup.sh\" 2")).ShouldContain("backup: ");
            await Write("after", 3);
            await Archived();
            (await Do("\"$0/scripts/restore.sh\" \"$0/whole\"")).ShouldContain(": 2 records, 5 changes, ");

            await Sql("DELETE FROM changes WHERE id = 'after' AND version = 2");
            await Archived();
            var (code, output) = await Try("\"$0/scripts/restore.sh\" \"$0/holed\"");
            (code, output.Contains("1 records that do not fit their changes", StringComparison.Ordinal)).ShouldBe((1, true), output);
        }
        finally
        {
            await Do("pg_ctl --pgdata \"$0/data\" --mode immediate stop");
        }
    }

    // A record with so many changes, as the journal leaves it but for what is in them.
    private async Task Write(string id, int versions)
    {
        await Sql($"INSERT INTO changes (tenant_id, kind, id, version, at, by_user, type, fields, hash) SELECT 'acme', 'contacts', '{id}', v, now(), 'ana', 'contacts.edit', '{{}}', decode(lpad(v::text, 2, '0'), 'hex') FROM generate_series(1, {versions}) v");
        await Sql($"INSERT INTO records (tenant_id, kind, id, version, created_at, updated_at, updated_by, deleted, fields, head_hash) VALUES ('acme', 'contacts', '{id}', {versions}, now(), now(), 'ana', false, '{{}}', decode(lpad('{versions}', 2, '0'), 'hex'))");
    }

    // The segment that was written to until now is in the archive.
    private Task<string> Archived() => Do("""
        ask() { psql --host "$0/s" --username crm --no-psqlrc --quiet --no-align --tuples-only --command "$1" crm; }
        segment=$(ask 'SELECT pg_walfile_name(pg_switch_wal())')
        for try in $(seq 600); do
          [ ! -f "$0/archive/wal/$segment" ] || exit 0
          sleep 0.05
        done
        exit 1
        """);

    private Task<string> Sql(string statement) => Do($"psql --host \"$0/s\" --username crm --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command \"$1\" crm", statement);

    // PostgreSQL refuses root: then all of it runs as nobody, in a folder that is nobody's.
    private async Task Prepare()
    {
        Directory.CreateDirectory(Sockets);
        Directory.CreateDirectory(Archive);
        foreach (var script in Directory.EnumerateFiles(Path.Combine(Repository.Root, "deploy/postgres"), "*.sh"))
        {
            File.Copy(script, Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "scripts")).FullName, Path.GetFileName(script)));
        }

        if (Environment.UserName == "root")
        {
            (await Tool.Run("chown", "-R", "nobody", _folder)).Code.ShouldBe(0);
        }
    }

    private async Task<string> Do(string script, params string[] arguments)
    {
        var (code, output) = await Try(script, arguments);
        code.ShouldBe(0, output);
        return output;
    }

    private Task<(int Code, string Output)> Try(string script, params string[] arguments)
    {
        string[] shell = ["/bin/sh", "-ec", script.Replace(" start", " start >/dev/null 2>&1", StringComparison.Ordinal), _folder, .. arguments];
        var path = $"{Path.GetDirectoryName(Tool.Find("pg_verifybackup"))}:{Environment.GetEnvironmentVariable("PATH")}";
        return Environment.UserName == "root"
            ? Tool.Run("setpriv", ["--reuid=nobody", "--clear-groups", .. shell], ("PATH", path), ("CRM_ARCHIVE", Archive))
            : Tool.Run("/bin/sh", shell[1..], ("PATH", path), ("CRM_ARCHIVE", Archive));
    }
}
