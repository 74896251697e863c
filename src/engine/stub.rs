use std::path::Path;
use crate::crypto::Secret;
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct Error;
impl Error { pub fn code(&self)->&'static str{""} pub fn fault(&self)->Fault{Fault::Damaged} }
pub enum Fault { Damaged, NotFound, Busy, OutcomeUnknown, Unsupported }
pub struct RepositoryKeys;
impl RepositoryKeys { pub fn derive(_d:&Secret<32>,_o:[u8;16],_e:u32,_c:u8,_m:[u8;16])->Self{Self} }
#[derive(Default)]
pub struct RepositorySettings;
pub struct Repository;
impl Repository {
 pub fn create(_f:&Path,_k:RepositoryKeys,_s:RepositorySettings)->Result<Self,Error>{Ok(Self)}
 pub fn open(_f:&Path,_k:RepositoryKeys)->Result<Self,Error>{Ok(Self)}
 pub fn put_wrap(&self,_b:&[u8])->Result<(),Error>{Ok(())}
 pub fn wrap(_f:&Path,_d:&str)->Result<Vec<u8>,Error>{Err(Error)}
 pub fn remove_wrap(_f:&Path,_d:&str)->Result<(),Error>{Ok(())}
}
