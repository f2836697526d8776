#include "report/kit_words.h"

namespace cofre::report {
namespace {

constexpr KitWords kEnglishWords = {
    .title = "Recovery kit",
    .lead =
        "This page, the password and access to the storage bring everything back, on any machine. No other "
        "file or server of the old system is needed. Stay calm: nothing below changes the backups.",
    .password_warning =
        "THIS PAGE HOLDS THE PASSWORD. Whoever has it and reaches the storage reads everything: keep "
        "it as you keep the data.",
    .repository = "1. The repository",
    .made = "Kit made",
    .made_by = "{}, by {}, with {}",
    .bucket = "Bucket",
    .prefix = "Prefix",
    .endpoint = "Endpoint",
    .region = "Region",
    .role = "Role to assume",
    .certificate = "CA certificate",
    .folder = "Folder",
    .id = "Repository id",
    .fingerprint = "SHA-256 of the id",
    .format = "Format",
    .format_value = "restic repository, version {}",
    .key = "Key {}",
    .more_keys = "and {} more: restic key list",
    .needed = "2. What you need",
    .password = "Password",
    .password_line = "Password, or where it is kept",
    .storage_keys_line = "Storage keys are kept at",
    .storage_keys =
        "Storage keys: the values of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, allowed to list and read "
        "the bucket. Temporary keys need AWS_SESSION_TOKEN as well.",
    .folder_needed =
        "The disk or share that holds the folder, attached to this machine. If it is attached elsewhere "
        "than before, change the path in section 4.",
    .program = "3. Get the program",
    .program_text = "Debian and Ubuntu (other systems: https://restic.net, one file, version 0.14 or later):",
    .restore = "4. Restore with restic",
    .exports_s3 = "In a terminal, with your storage keys in place of the dots:",
    .exports_folder = "In a terminal:",
    .list = "List the backups; the password is asked for:",
    .restore_text = "Bring the newest one back (for another one, write its ID in place of latest):",
    .mount = "Or look around: the backups are in that folder, for a second terminal, until Ctrl-C here:",
    .check = "Check that every stored byte is whole:",
    .no_restic = "The objects are encrypted with a customer's key (SSE-C), which restic does not know: use cofre.",
    .with_cofre = "5. The same with cofre",
    .with_cofre_text = "Where cofre is installed, after the export lines of section 4:",
    .trouble = "6. If something does not fit",
    .fits = "Is it the right repository? The id that this shows is the one of section 1:",
    .trouble_text =
        "Each key of section 1 has a password of its own; any of them opens everything. If the storage "
        "cannot be written, add --no-lock. If somebody's lock is in the way: restic unlock. Make a new "
        "kit when the place or the password changes.",
    .future =
        "If no such program can be had any more: the format is public and needs only SHA-256, AES-256-CTR, "
        "Poly1305, scrypt, zstd and JSON. Look for \"restic repository format\": "
        "https://restic.readthedocs.io/en/stable/100_references.html",
    .footer = "Recovery kit by {}. Keep one copy on paper, and not only where the backed-up machine is.",
};

constexpr KitWords kPortugueseWords = {
    .title = "Kit de recuperação",
    .lead =
        "Com esta página, a senha e o acesso ao armazenamento, tudo volta, em qualquer máquina. Nenhum outro "
        "arquivo ou servidor do sistema antigo é necessário. Calma: nada do que está abaixo altera os backups.",
    .password_warning =
        "ESTA PÁGINA CONTÉM A SENHA. Quem a tiver e alcançar o armazenamento lê tudo: guarde-a como "
        "guarda os dados.",
    .repository = "1. O repositório",
    .made = "Kit feito",
    .made_by = "{}, por {}, com {}",
    .bucket = "Bucket",
    .prefix = "Prefixo",
    .endpoint = "Endpoint",
    .region = "Região",
    .role = "Role a assumir",
    .certificate = "Certificado da CA",
    .folder = "Pasta",
    .id = "Id do repositório",
    .fingerprint = "SHA-256 do id",
    .format = "Formato",
    .format_value = "repositório do restic, versão {}",
    .key = "Chave {}",
    .more_keys = "e mais {}: restic key list",
    .needed = "2. O que é preciso ter",
    .password = "Senha",
    .password_line = "Senha, ou onde está guardada",
    .storage_keys_line = "Chaves do armazenamento: onde estão",
    .storage_keys =
        "Chaves do armazenamento: os valores de AWS_ACCESS_KEY_ID e AWS_SECRET_ACCESS_KEY, com permissão "
        "de listar e ler o bucket. Chaves temporárias precisam também de AWS_SESSION_TOKEN.",
    .folder_needed =
        "O disco ou compartilhamento que contém a pasta, ligado a esta máquina. Se estiver em outro "
        "lugar, mude o caminho na seção 4.",
    .program = "3. Instale o programa",
    .program_text = "Debian e Ubuntu (outros sistemas: https://restic.net, um só arquivo, versão 0.14 ou mais nova):",
    .restore = "4. Restaure com o restic",
    .exports_s3 = "Em um terminal, com suas chaves do armazenamento no lugar dos pontos:",
    .exports_folder = "Em um terminal:",
    .list = "Liste os backups; a senha será pedida:",
    .restore_text = "Traga o mais novo de volta (para outro, escreva o ID dele no lugar de latest):",
    .mount = "Ou navegue: os backups ficam nessa pasta, para um segundo terminal, até Ctrl-C aqui:",
    .check = "Verifique se cada byte guardado está íntegro:",
    .no_restic = "Os objetos estão cifrados com chave do cliente (SSE-C), que o restic não conhece: use o cofre.",
    .with_cofre = "5. O mesmo com o cofre",
    .with_cofre_text = "Onde o cofre está instalado, depois das linhas export da seção 4:",
    .trouble = "6. Se algo não der certo",
    .fits = "É o repositório certo? O id que este comando mostra é o da seção 1:",
    .trouble_text =
        "Cada chave da seção 1 tem sua própria senha; qualquer uma abre tudo. Se o armazenamento não aceitar "
        "escrita, acrescente --no-lock. Se houver a trava (lock) de alguém no caminho: restic unlock. Faça "
        "um novo kit quando o lugar ou a senha mudar.",
    .future =
        "Se nenhum desses programas existir mais: o formato é público e só precisa de SHA-256, AES-256-CTR, "
        "Poly1305, scrypt, zstd e JSON. Procure \"restic repository format\": "
        "https://restic.readthedocs.io/en/stable/100_references.html",
    .footer = "Kit de recuperação feito por {}. Guarde uma cópia em papel, e não só onde está a máquina copiada.",
};

}  // namespace

const KitWords& kit_words(KitLanguage language) {
    return language == KitLanguage::kPortuguese ? kPortugueseWords : kEnglishWords;
}

}  // namespace cofre::report
