using System.Diagnostics;

namespace Crm.Tests;

public sealed class CrmToolTests
{
    [Fact]
    public async Task An_unknown_command_exits_2_and_says_so_in_one_line()
    {
        var (code, _, errors) = await Crm(["fly"]);
        code.ShouldBe(2);
        errors.ShouldBe("crm: unknown command 'fly': ./crm help lists them\n");
    }

    [Fact]
    public async Task Help_lists_the_commands_that_there_are()
    {
        var (code, output, _) = await Crm(["help"]);
        code.ShouldBe(0);
        output.ShouldContain("  up ");
        output.ShouldContain("  test ");
        output.ShouldContain("  help ");
    }

    [Theory]
    [InlineData("dotnet", "9.0.100", "crm: needs the .NET 10 SDK: install it from https://dotnet.microsoft.com/download/dotnet/10.0\n")]
    [InlineData("node", "v18.19.1", "crm: needs Node 20 or newer: install it from https://nodejs.org\n")]
    public async Task A_tool_too_old_is_named_with_where_to_get_a_newer_one(string tool, string version, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("crm-test-").FullName;
        var fake = Path.Combine(folder, tool);
        await File.WriteAllTextAsync(fake, $"#!/bin/sh\necho {version}\n");
        File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (code, _, errors) = await Crm(["up"], ("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        Directory.Delete(folder, recursive: true);
        code.ShouldBe(1);
        errors.ShouldBe(expected);
    }

    [Fact]
    public async Task An_engine_that_does_not_exist_is_refused()
    {
        var (code, _, errors) = await Crm(["up"], ("CRM_ENGINE", "steam"));
        code.ShouldBe(1);
        errors.ShouldBe("crm: CRM_ENGINE is 'steam': it can be auto, cluster or embedded\n");
    }

    [Fact]
    public async Task The_cluster_engine_where_its_packages_do_not_restore_is_refused_with_the_reason()
    {
        var (code, _, errors) = await Crm(["up"], ("CRM_ENGINE", "cluster"), ("OrleansVersion", "0.0.1"));
        code.ShouldBe(1);
        errors.ShouldContain("crm: CRM_ENGINE=cluster is not possible here: the Microsoft.Orleans 0.0.1 packages do not restore: NU1");
    }

    [Fact]
    public async Task A_cluster_where_its_packages_do_not_restore_is_refused_in_one_line_with_the_reason()
    {
        var (code, output, errors) = await Crm(["cluster", "up"], ("CRM_ENGINE", "auto"), ("OrleansVersion", "0.0.1"));
        code.ShouldBe(1);
        output.ShouldBeEmpty();
        errors.Trim().Split('\n')[^1].ShouldStartWith("crm: a cluster is not possible here: the Microsoft.Orleans 0.0.1 packages do not restore: NU1");
    }

    [Theory]
    [InlineData("embedded", 1, "crm: a cluster is not possible here: CRM_ENGINE says embedded\n", "up")]
    [InlineData("auto", 2, "crm: unknown command 'cluster down': it is cluster up\n", "down")]
    public async Task What_is_no_cluster_says_so_in_one_line(string engine, int expected, string said, string command)
    {
        var (code, _, errors) = await Crm(["cluster", command], ("CRM_ENGINE", engine));
        (code, errors).ShouldBe((expected, said));
    }

    private static async Task<(int Code, string Output, string Errors)> Crm(string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "crm"), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
